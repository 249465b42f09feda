using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Sdk.Inference;

/// <summary>A compiled model in the hands of its user: tensors in real units go in and come out.</summary>
public sealed class InferenceClient
{
    InferenceClient(ProgramImage program, ModelContract contract) => (Program, Contract) = (program, contract);

    /// <summary>The guest.</summary>
    public ProgramImage Program { get; }

    /// <summary>What host and guest agree on.</summary>
    public ModelContract Contract { get; }

    /// <summary>Opens a guest program; null if it is not a compiled model. Throws <see cref="ElfException"/> or <see cref="InvalidDataException"/> for a damaged one.</summary>
    public static InferenceClient? TryOpen(ReadOnlySpan<byte> elf)
    {
        ProgramImage program = ElfReader.Read(elf);
        return ElfReader.ReadNote(elf, ModelContract.NoteName) is { } note ? new(program, ModelContract.FromNote(note)) : null;
    }

    /// <summary>The guest's input for tensors in the order of the contract. Throws <see cref="InvalidDataException"/> for one that does not fit.</summary>
    public ExecutionInput InputOf(IReadOnlyList<Tensor> inputs) => new() { StandardInput = BoundValues.Encode(Contract, inputs) };

    /// <summary>The outputs in real units; null where they are not public. Throws <see cref="InvalidDataException"/> for a journal of another guest.</summary>
    public Tensor[]? OutputsOf(ReadOnlySpan<byte> journal) =>
        InferenceJournal.Read(Contract, journal).Output is { } bytes ? BoundValues.Decode(Contract.Outputs, bytes) : null;

    /// <summary>Executes the guest without proving. Throws <see cref="GuestException"/> where it fails, for instance for an index outside of a table.</summary>
    public Tensor[] Run(IReadOnlyList<Tensor> inputs, CancellationToken cancellation = default) =>
        OutputsOf(ZkvmClient.Execute(Program, InputOf(inputs), cancellation).Journal)
        ?? throw new InvalidOperationException("The output of this guest is not public.");
}
