namespace Zkml.Records;

/// <summary>
/// The event streams of a <see cref="SegmentRecord"/>, one per chip. The first fourteen have the names and numbers of
/// <c>InstructionFamily</c> in Zkml.Isa.
/// </summary>
public enum EventStream
{
    AddSub, AddImmediate, LessThan, Bitwise, Shift, Multiply, Divide,
    LoadWord, LoadPart, StoreWord, StorePart, Branch, Jump, JumpRegister,
    Halt, Input, Software, HostWord, ShaHead, ShaLoad, ShaBlock, ShaStore, Bump, Boundary,
}
