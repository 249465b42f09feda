using Zkml.Guest.Assembly;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Emission;

/// <summary>What surrounds the layers of a guest: it reads the input, runs the layers, commits to the journal, halts.</summary>
public interface IGuestFrame
{
    /// <summary>Writes the code from the entry to the halt, and the data that it needs.</summary>
    void Write(FrameContext context);
}

/// <summary>What a frame sees of the guest under construction.</summary>
/// <param name="assembler">In the text section, at the entry.</param>
/// <param name="program">The layers.</param>
/// <param name="layers">CALL target: runs all layers in order, may change every register but sp, returns through ra.</param>
/// <param name="addresses">Where input and output buffers lie.</param>
public sealed class FrameContext(Assembler assembler, LoopProgram program, Label layers, IReadOnlyDictionary<LoopBuffer, Label> addresses)
{
    /// <summary>In the text section, at the entry.</summary>
    public Assembler Assembler => assembler;

    /// <summary>The layers.</summary>
    public LoopProgram Program => program;

    /// <summary>CALL target: runs all layers in order, may change every register but sp, returns through ra.</summary>
    public Label Layers => layers;

    /// <summary>The address of an input or output buffer: a multiple of 4, whole words of read-write memory.</summary>
    public Label AddressOf(LoopBuffer buffer) => addresses[buffer];
}
