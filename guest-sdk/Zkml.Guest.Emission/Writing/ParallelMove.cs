using Zkml.Guest.Assembly;

namespace Zkml.Guest.Emission.Writing;

/// <summary>Orders copies between registers that happen at once.</summary>
static class ParallelMove
{
    /// <summary>
    /// Copies that have the effect of all the moves at the same time, in order. Targets are distinct. The scratch register, which is neither
    /// target nor source, breaks circles.
    /// </summary>
    public static List<(Register Target, Register Source)> Order(IEnumerable<(Register Target, Register Source)> moves, Register scratch)
    {
        List<(Register Target, Register Source)> open = [.. moves.Where(move => move.Target != move.Source)], result = [];
        while (open.Count > 0)
        {
            int next = open.FindIndex(move => !open.Exists(other => other.Source == move.Target));
            if (next < 0)
            {
                // Only circles are left: one of their values waits in the scratch register.
                Register saved = open[0].Target;
                result.Add((scratch, saved));
                for (int i = 0; i < open.Count; i++)
                    if (open[i].Source == saved) open[i] = (open[i].Target, scratch);
                continue;
            }
            result.Add(open[next]);
            open.RemoveAt(next);
        }
        return result;
    }
}
