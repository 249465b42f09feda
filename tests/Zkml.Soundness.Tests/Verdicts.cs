using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Soundness.Tests;

/// <summary>What refuses an attack, and short ways to write attacks on a recorded session.</summary>
static class Verdicts
{
    /// <summary>Every constraint holds, and exactly these buses, by ascending tag, do not balance: the attack dies there and nowhere else.</summary>
    public static void AssertUnbalanced(this MachineVerdict verdict, params Bus[] buses)
    {
        Assert.That(verdict.Failures, Is.Empty, verdict.ToString());
        Assert.That(verdict.UnbalancedBuses, Is.EqualTo(buses), verdict.ToString());
    }

    /// <summary>Every bus balances, and the only violated constraints are of this chip, with this text in their label.</summary>
    public static void AssertViolates(this MachineVerdict verdict, MachineChip chip, string label)
    {
        Assert.That(verdict.Imbalances, Is.Empty, verdict.ToString());
        Assert.That(verdict.Failures, Is.Not.Empty, "the attack was accepted");
        foreach (RowFailure failure in verdict.Failures)
        {
            Assert.That(failure.Table, Is.EqualTo(chip.Name), verdict.ToString());
            Assert.That(failure.Failure.Label, Does.Contain(label), verdict.ToString());
        }
    }

    /// <summary>The boundary entry of a word.</summary>
    public static ref BoundaryEntry Entry(this MachineRun run, uint space, uint word)
    {
        Span<BoundaryEntry> entries = run.Last.Boundary.MutableItems;
        for (int i = 0; i < entries.Length; i++)
            if (entries[i].Space == space && entries[i].Word == word)
                return ref entries[i];
        throw new ArgumentException($"No boundary entry for word {word} of space {space}.");
    }

    /// <summary>Replaces a stream's events.</summary>
    public static void Set<T>(this EventList<T> list, IEnumerable<T> events) where T : unmanaged
    {
        T[] copy = [.. events];
        list.Clear();
        foreach (T item in copy) list.Add(item);
    }

    /// <summary>Puts the boundary in the order of its keys again.</summary>
    public static void SortBoundary(this MachineRun run) =>
        run.Last.Boundary.MutableItems.Sort((left, right) => (left.Space, left.Word).CompareTo((right.Space, right.Word)));

    /// <summary>A row of a chip as its column struct, to be changed in a cheat.</summary>
    public static ref TColumns Cells<TColumns>(this SegmentCheck check, MachineChip chip, int row) where TColumns : unmanaged =>
        ref Columns.View<TColumns, KoalaBear>(check.Main(chip)!.Row(row));

    /// <summary>A signed number as a field element.</summary>
    public static KoalaBear Element(long value) => KoalaBear.FromCanonical((uint)(((value % KoalaBear.Modulus) + KoalaBear.Modulus) % KoalaBear.Modulus));
}
