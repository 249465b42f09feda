namespace Zkml.Guest.Loops;

/// <summary>One step of a program: a function without parameters and result that reads and writes buffers. Its name labels the cycles in a profile.</summary>
public sealed record Layer(string Name, Function Function)
{
    /// <summary>The part of the model that it comes from; several layers may share it.</summary>
    public string Origin { get; init; } = Name;
}

/// <summary>
/// A lowered model: layers in order over static buffers. Free of any instruction set: the interpreter runs it on the host, the emitter
/// turns it into RISC-V.
/// </summary>
public sealed record LoopProgram
{
    /// <summary>For messages and symbols.</summary>
    public required string Name { get; init; }

    /// <summary>Filled before the first layer, in the order of the guest's input.</summary>
    public required IReadOnlyList<LoopBuffer> Inputs { get; init; }

    /// <summary>Read after the last layer, in the order of the guest's output.</summary>
    public required IReadOnlyList<LoopBuffer> Outputs { get; init; }

    /// <summary>What is run, in order.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }
}
