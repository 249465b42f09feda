using System.Runtime.CompilerServices;
using Zkml.Fields;

namespace Zkml.Air;

/// <summary>
/// The permutation columns of a chip with k interactions, each of them a value of K = 5 base columns.
/// [Hab22] eprint 2022/1530, two terms per column.
/// </summary>
/// <remarks>
/// Interactions are paired in the order of the text: (0, 1), (2, 3), …; the last one (k odd) or the last pair (k even) is merged
/// into the running sum, which is the last column (machine.md E5). A merged pair would need degree 4 on the last row, so there its
/// two multiplicities are forced to 0 and the chip keeps its last row as padding.
/// </remarks>
public readonly record struct LogUpLayout(int InteractionCount)
{
    /// <summary>Columns of K that hold one pair each.</summary>
    public int PairColumnCount => InteractionCount == 0 ? 0 : (InteractionCount - 1) / 2;

    /// <summary>All columns of K: the pairs and the running sum.</summary>
    public int ColumnCount => InteractionCount == 0 ? 0 : PairColumnCount + 1;

    /// <summary>Base-field columns of the permutation trace.</summary>
    public int Width => ColumnCount * KoalaBear5.Degree;

    /// <summary>The running sum's last group is a pair.</summary>
    public bool LastRowIsInert => InteractionCount > 0 && InteractionCount % 2 == 0;

    /// <summary>One constraint a pair column; first, transition and last row of the running sum; two more for an inert last row.</summary>
    public int ConstraintCount => InteractionCount == 0 ? 0 : PairColumnCount + (LastRowIsInert ? 5 : 3);
}

/// <summary>The parts of the LogUp argument that prover and verifier share.</summary>
public static class LogUp
{
    /// <summary>
    /// The denominator of a message: offset + Σ_j β^(j+1)·message[j], where offset = α + tag.
    /// </summary>
    /// <param name="offset">α + the bus's tag in this segment.</param>
    /// <param name="betaPowers">β, β², …; at least as many as the message has elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TExtension Fingerprint<TBase, TExtension>(TExtension offset, ReadOnlySpan<TExtension> betaPowers, ReadOnlySpan<TBase> message)
        where TBase : unmanaged, IAlgebra<TBase>
        where TExtension : unmanaged, IExtensionAlgebra<TExtension, TBase> => TExtension.AddProducts(offset, betaPowers, message);

    /// <summary>α + tag for each interaction of a chip, in the order of its text.</summary>
    public static KoalaBear5[] Offsets(Chip chip, KoalaBear5 alpha, int segmentIndex)
    {
        var offsets = new KoalaBear5[chip.Graph.Interactions.Count];
        for (int i = 0; i < offsets.Length; i++)
            offsets[i] = alpha + KoalaBear5.FromBase(KoalaBear.FromCanonical(chip.Graph.Interactions[i].Bus.TagInSegment(segmentIndex)));
        return offsets;
    }
}
