using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Import;

/// <summary>The order of nodes by what they read.</summary>
static class NodeOrder
{
    /// <summary>Each node after those that it reads from, else as they stood. Throws for a cycle, with its nodes.</summary>
    public static List<Node> Sort(IReadOnlyList<Node> nodes)
    {
        Dictionary<Value, int> makers = Makers(nodes);
        List<int>[] readers = new List<int>[nodes.Count];
        int[] waitsFor = new int[nodes.Count];
        for (int i = 0; i < readers.Length; i++) readers[i] = [];
        for (int i = 0; i < nodes.Count; i++)
        {
            HashSet<int> sources = [.. Read(nodes[i]).Select(value => makers.GetValueOrDefault(value, -1)).Where(maker => maker >= 0)];
            waitsFor[i] = sources.Count;
            foreach (int source in sources) readers[source].Add(i);
        }
        PriorityQueue<int, int> ready = new();
        for (int i = 0; i < nodes.Count; i++)
            if (waitsFor[i] == 0) ready.Enqueue(i, i);
        List<Node> sorted = new(nodes.Count);
        while (ready.TryDequeue(out int next, out _))
        {
            sorted.Add(nodes[next]);
            foreach (int reader in readers[next])
                if (--waitsFor[reader] == 0) ready.Enqueue(reader, reader);
        }
        return sorted.Count == nodes.Count ? sorted : throw Cycle(nodes, makers, waitsFor);
    }

    /// <summary>The nodes that the outputs depend on, in order.</summary>
    public static List<Node> Needed(IReadOnlyList<Node> sorted, IReadOnlyList<Value> outputs)
    {
        HashSet<Value> needed = [.. outputs];
        List<Node> kept = [];
        for (int i = sorted.Count - 1; i >= 0; i--)
        {
            if (!sorted[i].Outputs.Any(output => output != null && needed.Contains(output))) continue;
            kept.Add(sorted[i]);
            needed.UnionWith(Read(sorted[i]));
        }
        kept.Reverse();
        return kept;
    }

    static Dictionary<Value, int> Makers(IReadOnlyList<Node> nodes)
    {
        Dictionary<Value, int> makers = [];
        for (int i = 0; i < nodes.Count; i++)
            foreach (Value? output in nodes[i].Outputs)
                if (output != null) makers[output] = i;
        return makers;
    }

    // Everything that a node reads: its inputs, and what its bodies take from the graph around them.
    static IEnumerable<Value> Read(Node node)
    {
        foreach (Value? input in node.Inputs)
            if (input != null) yield return input;
        foreach (object attribute in node.Attributes.Values.Values)
        {
            OnnxGraph[] bodies = attribute switch { OnnxGraph body => [body], OnnxGraph[] several => several, _ => [] };
            foreach (Value value in bodies.SelectMany(body => body.Nodes.SelectMany(Read).Concat(body.Outputs))) yield return value;
        }
    }

    static OnnxException Cycle(IReadOnlyList<Node> nodes, Dictionary<Value, int> makers, int[] waitsFor)
    {
        // Whoever still waits reads from somebody who still waits: walking back must come around.
        int at = Array.FindIndex(waitsFor, count => count > 0);
        List<int> path = [];
        HashSet<int> visited = [];
        while (visited.Add(at))
        {
            path.Add(at);
            at = Read(nodes[at]).Select(value => makers.GetValueOrDefault(value, -1)).First(maker => maker >= 0 && waitsFor[maker] > 0);
        }
        IEnumerable<string> cycle = path.Skip(path.IndexOf(at)).Append(at).Reverse().Select(index => nodes[index].Name);
        return OnnxException.Malformed($"the graph has a cycle: {string.Join(" → ", cycle)}");
    }
}
