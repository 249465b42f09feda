using Zkml.Guest.Assembly;

namespace Zkml.Guest.Emission.Allocation;

/// <summary>Where a virtual register is: in a machine register, in a stack slot, or nowhere because it is made anew at each use.</summary>
readonly record struct Location(LocationKind Kind, int Index)
{
    public static readonly Location Nowhere = new(LocationKind.Nowhere, 0);

    public static Location In(Register register) => new(LocationKind.Register, (int)register);

    public static Location Slot(int index) => new(LocationKind.Slot, index);

    public static Location Constant(int value) => new(LocationKind.Constant, value);

    public bool IsRegister => Kind == LocationKind.Register;

    public Register Register => (Register)Index;
}

enum LocationKind : byte
{
    /// <summary>Never read.</summary>
    Nowhere,

    /// <summary>Index is the machine register.</summary>
    Register,

    /// <summary>Index counts the words of the function's frame.</summary>
    Slot,

    /// <summary>Index is a value that one instruction makes.</summary>
    Constant,
}

/// <summary>A function with a place for each value.</summary>
sealed class Allocation
{
    /// <summary>By virtual register.</summary>
    public required Location[] Locations { get; init; }

    /// <summary>Machine registers that a call of the function destroys, as bits, those of its own calls included.</summary>
    public required uint Destroyed { get; init; }

    /// <summary>Words of the function's own frame.</summary>
    public required int FrameWords { get; init; }

    /// <summary>Where the words of the parameters are expected.</summary>
    public required Location[] Parameters { get; init; }
}
