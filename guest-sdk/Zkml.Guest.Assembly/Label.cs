namespace Zkml.Guest.Assembly;

/// <summary>A place in a section of one <see cref="Assembler"/>, which may be referred to before it is placed.</summary>
public sealed class Label
{
    internal Label(Assembler owner, string name, bool isSymbol)
    {
        Owner = owner;
        Name = name;
        IsSymbol = isSymbol;
    }

    /// <summary>The name, unique in its assembler.</summary>
    public string Name { get; }

    /// <summary>True if the name was given and goes into the symbol table; false for a generated name.</summary>
    public bool IsSymbol { get; }

    internal Assembler Owner { get; }

    /// <summary>The section it was placed in; null before.</summary>
    internal SectionKind? Section { get; private set; }

    /// <summary>Bytes from the start of its section.</summary>
    internal uint Offset { get; private set; }

    /// <summary>The address of a label that lies in no section of the program; null for every other.</summary>
    internal uint? FixedAddress { get; init; }

    internal void Place(SectionKind section, uint offset) => (Section, Offset) = (section, offset);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
