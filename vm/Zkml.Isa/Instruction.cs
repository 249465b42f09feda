namespace Zkml.Isa;

/// <summary>One decoded instruction, fields as in the word; absent fields are 0.</summary>
/// <param name="Opcode">The instruction; never <see cref="Opcode.None"/> when it comes from the decoder.</param>
/// <param name="Rd">Destination register, 0…31.</param>
/// <param name="Rs1">First source register, 0…31.</param>
/// <param name="Rs2">Second source register, 0…31.</param>
/// <param name="Immediate">
/// Sign-extended immediate; byte offset for branches and JAL; shift amount 0…31; the value shifted into the upper 20 bits for LUI and
/// AUIPC; the 12 flag bits, unsigned, for FENCE.
/// </param>
public readonly record struct Instruction(Opcode Opcode, byte Rd, byte Rs1, byte Rs2, int Immediate)
{
    /// <summary>The disassembly with a relative target, for messages and debuggers.</summary>
    public override string ToString() => Disassembler.Format(this, null);
}
