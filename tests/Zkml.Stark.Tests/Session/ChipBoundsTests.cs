using Zkml.Air;
using Zkml.Stark.Tests.Samples;

namespace Zkml.Stark.Tests.Session;

sealed class ChipBoundsTests
{
    static readonly TokenBus[] s_tokens = [new(SampleChips.Token, 1)];

    [Test]
    public void Bounds_BooleanMultiplicities_CountOneEach()
    {
        var bounds = new ChipBounds(SampleChips.Counter, s_tokens, []);
        Assert.That(bounds.Weights, Is.EquivalentTo(new BusWeight[] { new(SampleChips.Token, 1, 1), new(SampleChips.Range, 1, 0) }));
        Assert.That(bounds.ClockAdvance, Is.EqualTo(4));
    }

    [Test]
    public void Bounds_LookupTable_LeavesItsMultiplicityOut() => Assert.That(new ChipBounds(SampleChips.Table, s_tokens, []).Weights, Is.Empty);

    [Test]
    public void Bounds_PreprocessedMultiplicity_CountsOne()
    {
        var bounds = new ChipBounds(SampleChips.Fixed, s_tokens, []);
        Assert.That(bounds.Weights, Is.EqualTo(new BusWeight[] { new(SampleChips.Image, 1, 1) }));
        Assert.That(bounds.ClockAdvance, Is.Zero);
    }

    [Test]
    public void Bounds_UnboundedMultiplicity_Throws() =>
        Assert.That(() => new ChipBounds(SampleChips.Stray, s_tokens, []), Throws.ArgumentException.With.Message.Contains("Stray").And.Message.Contains("Range"));

    [Test]
    public void Bounds_ColumnThatALookupBounds_CountsItsMaximum()
    {
        var bounds = new ChipBounds(new Chip<LookedUpAir>(default), s_tokens, [new LookupMaxima(SampleChips.Image, [-1, 5])]);
        Assert.That(bounds.Weights, Is.EquivalentTo(new BusWeight[] { new(SampleChips.Image, 1, 0), new(SampleChips.Range, 10, 1) }));
    }

    /// <summary>A count column vouched for by a lookup; multiplicity 2·count - isReal.</summary>
    readonly struct LookedUpAir : IAir
    {
        public string Name => "LookedUp";

        public int Width => 3;

        public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
            where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, Zkml.Fields.IAlgebra<T>
        {
            T isReal = rows.Local[0], count = rows.Local[1];
            b.AssertBool(isReal);
            b.Interact(SampleChips.Image, isReal, [rows.Local[2], count]);
            b.Interact(SampleChips.Range, count * Zkml.Fields.KoalaBear.FromCanonical(2) - isReal, [rows.Local[2]]);
        }
    }
}
