using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Testing;

/// <summary>What one interaction of a row puts on its bus.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="Multiplicity">Copies; p - n means n received.</param>
/// <param name="Message">The elements.</param>
public sealed record RowInteraction(Bus Bus, KoalaBear Multiplicity, KoalaBear[] Message)
{
    /// <summary>Anything is on the bus at all.</summary>
    public bool IsActive => Multiplicity != KoalaBear.Zero;

    /// <summary>Both put the same message, in whatever number, on the same bus.</summary>
    public bool SameMessage(RowInteraction other) => Bus == other.Bus && Message.AsSpan().SequenceEqual(other.Message);

    public override string ToString() => $"{Bus.Name} × {Multiplicity} ({string.Join(", ", Message)})";
}

/// <summary>The constraints that a row violates and what it puts on the buses.</summary>
public sealed class RowReport
{
    /// <summary>Indices of the violated constraints, in the order of the text.</summary>
    public List<int> FailedConstraints { get; } = [];

    /// <summary>Every interaction, inactive ones included, in the order of the text.</summary>
    public List<RowInteraction> Interactions { get; } = [];

    /// <summary>Nothing is on any bus.</summary>
    public bool IsInert => !Interactions.Exists(interaction => interaction.IsActive);
}

/// <summary>The interpreter that writes a <see cref="RowReport"/>.</summary>
struct ReportBuilder(RowReport report, bool isFirst, bool isLast) : IAirBuilder<KoalaBear>
{
    int _constraint;

    public void AssertZero(KoalaBear x, string label = "") => Check(true, x);

    public void AssertZeroFirst(KoalaBear x, string label = "") => Check(isFirst, x);

    public void AssertZeroTransition(KoalaBear x, string label = "") => Check(!isLast, x);

    public void AssertZeroLast(KoalaBear x, string label = "") => Check(isLast, x);

    public readonly void Interact(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message) =>
        report.Interactions.Add(new(bus, multiplicity, message.ToArray()));

    void Check(bool holdsHere, KoalaBear x)
    {
        if (holdsHere && x != KoalaBear.Zero) report.FailedConstraints.Add(_constraint);
        _constraint++;
    }
}
