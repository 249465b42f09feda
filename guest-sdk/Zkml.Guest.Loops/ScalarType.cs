namespace Zkml.Guest.Loops;

/// <summary>What a local or an expression holds: bits without a sign. Signedness belongs to operations; floats are their bit patterns.</summary>
public enum ScalarType
{
    /// <summary>32 bits.</summary>
    Int32,

    /// <summary>64 bits.</summary>
    Int64,
}

/// <summary>How an element lies in memory, and how a load widens it. A store keeps the low bits.</summary>
public enum MemoryType
{
    /// <summary>1 byte, sign-extended to 32 bits.</summary>
    Int8,

    /// <summary>1 byte, zero-extended to 32 bits.</summary>
    UInt8,

    /// <summary>2 bytes, sign-extended to 32 bits.</summary>
    Int16,

    /// <summary>2 bytes, zero-extended to 32 bits.</summary>
    UInt16,

    /// <summary>4 bytes.</summary>
    Int32,

    /// <summary>8 bytes.</summary>
    Int64,
}

/// <summary>Sizes and register types of the memory types.</summary>
public static class MemoryTypeExtensions
{
    extension(MemoryType type)
    {
        /// <summary>Bytes of one element.</summary>
        public int ElementBytes => type switch
        {
            MemoryType.Int8 or MemoryType.UInt8 => 1,
            MemoryType.Int16 or MemoryType.UInt16 => 2,
            MemoryType.Int32 => 4,
            _ => 8,
        };

        /// <summary>The type of a loaded element.</summary>
        public ScalarType Scalar => type == MemoryType.Int64 ? ScalarType.Int64 : ScalarType.Int32;
    }
}
