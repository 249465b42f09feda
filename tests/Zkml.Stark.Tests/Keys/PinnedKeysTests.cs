using Zkml.Hashing;
using Zkml.Machine.Shapes;
using Zkml.Records;

namespace Zkml.Stark.Tests.Keys;

/// <summary>
/// Pins what verifying depends on. A change here makes every receipt of before invalid: it needs a new RiscvMachine.Version and a line in CHANGELOG.md.
/// </summary>
public sealed class PinnedKeysTests
{
    [Test]
    public void FixedTables_CommittedAgain_HaveThePinnedRoot() =>
        Assert.That(PreprocessedRoot.ComputeFixedTables(2), Is.EqualTo(PreprocessedRoot.FixedTables));

    [TestCase(SecurityProfile.P100, "b41b955f5616fd666cc8ac342f0b6e65a925e17bf35bfb053b77155048181966")]
    [TestCase(SecurityProfile.P128, "c89f4004cd558637f953070ca5eebf1795fa711e2bb5c4737ee8df013f6cec32")]
    public void ParameterDigest_OfProfile_IsPinned(SecurityProfile profile, string expected) =>
        Assert.That(RiscvSession.ParameterDigest(profile).ToString(), Is.EqualTo(expected));

    [Test]
    public void ProgramKey_ChangedEntry_ChangesTheImageId()
    {
        var key = new ProgramKey(PreprocessedRoot.FixedTables, 0, 16);

        Assert.That((key with { EntryPc4 = 17 }).ImageId(), Is.Not.EqualTo(key.ImageId()));
        Assert.That((key with { SizeIndex = 1 }).ImageId(), Is.Not.EqualTo(key.ImageId()));
        Assert.That((key with { Root = default }).ImageId(), Is.Not.EqualTo(key.ImageId()));
    }

    [Test]
    public void ProgramKey_ChangedProgram_ChangesTheRoot()
    {
        Digest[] roots =
        [
            Root([], []), Root([new InitialWord(0x80200, 1)], []), Root([new InitialWord(0x80200, 2)], []), Root([new InitialWord(0x80201, 1)], []),
            Root([], [new InitialWord(0x2000_4000, 1)]), Root([], [new InitialWord(0x2000_4001, 1)]),
        ];

        Assert.That(roots, Is.Unique);

        static Digest Root(InitialWord[] image, InitialWord[] readOnly) => PreprocessedRoot.Compute(
            new ProgramTables { Entry = 0x0020_0800, Rom = [new Step { Pc4 = 0x80200, Opcode = 1, Rd = 1 }], Image = image, ReadOnly = readOnly }, 1);
    }

    [Test]
    public void ShapeClasses_All_AreFewAndWithinTheField()
    {
        Assert.That(ShapeClasses.All, Has.Count.LessThanOrEqualTo(ShapeClasses.MaximumCount));
        foreach (ShapeClass shape in ShapeClasses.All)
        {
            Assert.That(shape.Tables.Max(table => table.LogHeight), Is.LessThanOrEqualTo(22), shape.Name);
            Assert.That(shape.Tables.Min(table => table.LogHeight), Is.GreaterThanOrEqualTo(5), shape.Name);
            Assert.That(shape.Tables.Sum(table => table.Chip.Width + table.Chip.PreprocessedWidth + table.Chip.LogUp.Width), Is.LessThanOrEqualTo(1800), shape.Name);
        }
    }

    [Test]
    public void ShapeClasses_ClosingClasses_ExistForEveryProgramSize()
    {
        foreach (ProgramSize size in ProgramSize.All)
            Assert.That(ShapeClasses.All.Count(shape => shape.Closes == size), Is.GreaterThan(0), size.Name);
    }
}
