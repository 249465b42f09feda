using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Records;

namespace Zkml.Stark;

/// <summary>
/// The parts that an image ID is the digest of (D11): what a verifier needs besides the ID itself to know a program's preprocessed tree. An image ID means
/// a program only to who recomputed it from the program (OB-12).
/// </summary>
/// <param name="Root">Root of the program's preprocessed tree.</param>
/// <param name="SizeIndex">Index of the <see cref="ProgramSize"/>, which gives the tables' heights.</param>
/// <param name="EntryPc4">Entry point, byte address / 4; below 2^30.</param>
public sealed record ProgramKey(Digest Root, int SizeIndex, uint EntryPc4)
{
    /// <summary>The key of a program: commits to its tables.</summary>
    /// <exception cref="ArgumentException">The program is too large.</exception>
    public static ProgramKey Of(ProgramTables program, int threads) =>
        new(PreprocessedRoot.Compute(program, threads), ProgramSize.Of(program).Index, program.Entry / 4);

    /// <summary>Whether the size exists and the entry is a word address.</summary>
    public bool IsWellFormed => SizeIndex >= 0 && SizeIndex < ProgramSize.All.Count && EntryPc4 < 1u << 30;

    /// <summary>The image ID: machine version, blowup, widths and log heights of the three tables, root, entry. The key must be well-formed.</summary>
    public Digest ImageId()
    {
        List<KoalaBear> elements = [KoalaBear.FromCanonical(RiscvMachine.Version), KoalaBear.FromCanonical(PreprocessedRoot.LogBlowup)];
        foreach (TableHeight table in PreprocessedRoot.ProgramHeights(ProgramSize.All[SizeIndex]))
        {
            elements.Add(KoalaBear.FromCanonical((uint)table.Chip.PreprocessedWidth));
            elements.Add(KoalaBear.FromCanonical((uint)table.LogHeight));
        }
        Digest root = Root;
        elements.AddRange(Digest.Elements(in root));
        elements.Add(KoalaBear.FromCanonical(EntryPc4));
        return Digest.OfStatement(StatementTags.Image, [.. elements]);
    }
}
