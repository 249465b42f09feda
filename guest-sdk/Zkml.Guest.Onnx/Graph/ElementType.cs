using Zkml.Guest.Loops;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Graph;

/// <summary>The element types of ONNX tensors, numbered as TensorProto.DataType.</summary>
public enum ElementType
{
    /// <summary>Not known.</summary>
    Undefined = 0,
    /// <summary>IEEE binary32.</summary>
    Float32 = 1,
    /// <summary>0 to 255.</summary>
    UInt8 = 2,
    /// <summary>−128 to 127.</summary>
    Int8 = 3,
    /// <summary>0 to 65535.</summary>
    UInt16 = 4,
    /// <summary>−32768 to 32767.</summary>
    Int16 = 5,
    /// <summary>32 bits, signed.</summary>
    Int32 = 6,
    /// <summary>64 bits, signed.</summary>
    Int64 = 7,
    /// <summary>Text; host side only.</summary>
    String = 8,
    /// <summary>1 byte, 0 or 1.</summary>
    Bool = 9,
    /// <summary>IEEE binary16.</summary>
    Float16 = 10,
    /// <summary>IEEE binary64.</summary>
    Float64 = 11,
    /// <summary>32 bits, unsigned.</summary>
    UInt32 = 12,
    /// <summary>64 bits, unsigned.</summary>
    UInt64 = 13,
    /// <summary>Two binary32; not supported.</summary>
    Complex64 = 14,
    /// <summary>Two binary64; not supported.</summary>
    Complex128 = 15,
    /// <summary>Upper half of a binary32.</summary>
    BFloat16 = 16,
    /// <summary>OCP E4M3, no infinity.</summary>
    Float8E4M3FN = 17,
    /// <summary>E4M3, one NaN, no negative zero.</summary>
    Float8E4M3FNUZ = 18,
    /// <summary>OCP E5M2.</summary>
    Float8E5M2 = 19,
    /// <summary>E5M2, one NaN, no negative zero.</summary>
    Float8E5M2FNUZ = 20,
    /// <summary>0 to 15; one element a byte in our tensors.</summary>
    UInt4 = 21,
    /// <summary>−8 to 7; one element a byte (sign-extended) in our tensors.</summary>
    Int4 = 22,
    /// <summary>OCP E2M1; one element a byte in our tensors.</summary>
    Float4E2M1 = 23,
    /// <summary>OCP E8M0: a power of two.</summary>
    Float8E8M0 = 24,
    /// <summary>0 to 3; one element a byte in our tensors.</summary>
    UInt2 = 25,
    /// <summary>−2 to 1; one element a byte (sign-extended) in our tensors.</summary>
    Int2 = 26,
}

/// <summary>How element types lie in memory and in registers.</summary>
public static class ElementTypeExtensions
{
    extension(ElementType type)
    {
        /// <summary>How an element lies in our tensors and in guest memory. Types below a byte take one byte. Throws for types without a numeric form.</summary>
        public MemoryType Memory => type switch
        {
            ElementType.Int8 or ElementType.Int4 or ElementType.Int2 => MemoryType.Int8,
            ElementType.UInt8 or ElementType.UInt4 or ElementType.UInt2 or ElementType.Bool or ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ
                or ElementType.Float8E5M2 or ElementType.Float8E5M2FNUZ or ElementType.Float4E2M1 or ElementType.Float8E8M0 => MemoryType.UInt8,
            ElementType.Int16 => MemoryType.Int16,
            ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => MemoryType.UInt16,
            ElementType.Int32 or ElementType.UInt32 or ElementType.Float32 => MemoryType.Int32,
            ElementType.Int64 or ElementType.UInt64 or ElementType.Float64 => MemoryType.Int64,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected a numeric element type."),
        };

        /// <summary>True for types with a numeric form in the guest: everything but strings, complex numbers and the undefined type.</summary>
        public bool IsNumeric => type is not (ElementType.Undefined or ElementType.String or ElementType.Complex64 or ElementType.Complex128);

        /// <summary>True for every floating point type.</summary>
        public bool IsFloat => type is ElementType.Float32 or ElementType.Float64 || type.Narrow != null;

        /// <summary>True for types that compute in binary64.</summary>
        public bool IsFloat64 => type == ElementType.Float64;

        /// <summary>True for integers with a sign.</summary>
        public bool IsSigned => type is ElementType.Int2 or ElementType.Int4 or ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64;

        /// <summary>True for integers of either sign; not for bool.</summary>
        public bool IsInteger => type.IsSigned
            || type is ElementType.UInt2 or ElementType.UInt4 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64;

        /// <summary>Bits of an integer's or bool's value range: Int4 4, Bool 1.</summary>
        public int Bits => type switch
        {
            ElementType.Bool => 1,
            ElementType.Int2 or ElementType.UInt2 => 2,
            ElementType.Int4 or ElementType.UInt4 or ElementType.Float4E2M1 => 4,
            _ => 8 * type.Memory.ElementBytes,
        };

        /// <summary>The format of a float that computes in binary32 but is stored narrower; null for every other type.</summary>
        public NarrowFormat? Narrow => type switch
        {
            ElementType.Float16 => NarrowFormat.Float16,
            ElementType.BFloat16 => NarrowFormat.BFloat16,
            ElementType.Float8E4M3FN => NarrowFormat.Float8E4M3FN,
            ElementType.Float8E4M3FNUZ => NarrowFormat.Float8E4M3FNUZ,
            ElementType.Float8E5M2 => NarrowFormat.Float8E5M2,
            ElementType.Float8E5M2FNUZ => NarrowFormat.Float8E5M2FNUZ,
            ElementType.Float4E2M1 => NarrowFormat.Float4E2M1,
            ElementType.Float8E8M0 => NarrowFormat.Float8E8M0,
            _ => null,
        };
    }
}
