using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators;

/// <summary>Groups of element types that an input may have.</summary>
[Flags]
public enum ElementKinds
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Floats of every width.</summary>
    Float = 1,
    /// <summary>Integers with a sign.</summary>
    Signed = 2,
    /// <summary>Integers without a sign.</summary>
    Unsigned = 4,
    /// <summary>Truth values.</summary>
    Bool = 8,
    /// <summary>Integers.</summary>
    Integer = Signed | Unsigned,
    /// <summary>Floats and integers.</summary>
    Number = Float | Integer,
    /// <summary>Everything with a numeric form.</summary>
    Any = Number | Bool,
}

/// <summary>Which group a type belongs to.</summary>
public static class ElementKindsExtensions
{
    /// <summary>True if a type belongs to one of the groups.</summary>
    public static bool Contains(this ElementKinds kinds, ElementType type) => (kinds & KindOf(type)) != 0;

    static ElementKinds KindOf(ElementType type) =>
        type == ElementType.Bool ? ElementKinds.Bool
        : !type.IsNumeric ? ElementKinds.None
        : type.IsFloat ? ElementKinds.Float
        : type.IsSigned ? ElementKinds.Signed : ElementKinds.Unsigned;
}
