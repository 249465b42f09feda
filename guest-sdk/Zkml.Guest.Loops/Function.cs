namespace Zkml.Guest.Loops;

/// <summary>A named piece of code: scalar parameters, at most one scalar result, no recursion. Its name becomes a symbol of the guest.</summary>
public sealed class Function
{
    internal Function(string name, ScalarType? returns, Local[] parameters, Local[] locals, Block body) =>
        (Name, Returns, Parameters, Locals, Body) = (name, returns, parameters, locals, body);

    /// <summary>The name; two functions of one program with the same name are told apart by the code generator.</summary>
    public string Name { get; }

    /// <summary>The type of the result; null: none.</summary>
    public ScalarType? Returns { get; }

    /// <summary>The parameters in order; a function may assign them.</summary>
    public IReadOnlyList<Local> Parameters { get; }

    /// <summary>Every local but the parameters, loop counters included.</summary>
    public IReadOnlyList<Local> Locals { get; }

    /// <summary>What it does. A function with a result returns on every path.</summary>
    public Block Body { get; }

    internal void CheckArguments(ReadOnlySpan<Expression> arguments)
    {
        if (arguments.Length != Parameters.Count)
            throw new ArgumentException($"Function {Name}: expected {Parameters.Count} arguments, got {arguments.Length}.");
        for (int i = 0; i < arguments.Length; i++)
            if (arguments[i].Type != Parameters[i].Type)
                throw new ArgumentException($"Function {Name}: expected {Parameters[i].Type} for {Parameters[i].Name}, got {arguments[i].Type}.");
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
