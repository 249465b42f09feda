using System.Runtime.CompilerServices;
using Host = System.Linq.Expressions.Expression;
using HostParameter = System.Linq.Expressions.ParameterExpression;

namespace Zkml.Guest.Loops;

/// <summary>Runs functions on the host. Each function is compiled once, when it is first needed, and forgotten with its last reference.</summary>
public static class Interpreter
{
    static readonly ConditionalWeakTable<Function, CompiledFunction> s_compiled = [];

    /// <summary>
    /// Calls a function with one value per parameter (Int32 takes the low bits) over buffers of its own. The result is sign-extended, 0 for
    /// a function without one. Throws <see cref="LoopException"/> like <see cref="LoopMachine.Run"/>.
    /// </summary>
    public static long Call(Function function, params long[] arguments)
    {
        if (arguments.Length != function.Parameters.Count)
            throw new ArgumentException($"Function {function}: expected {function.Parameters.Count} arguments, got {arguments.Length}.", nameof(arguments));
        return Find(function).Run(new(LoopMachine.DefaultMemoryLimit, long.MaxValue, CancellationToken.None), arguments);
    }

    /// <summary>
    /// A function as a delegate of int and long parameters, for calling it often, for instance <c>Func&lt;int, int, int&gt;</c>. All its
    /// calls share one set of buffers, so it is for one thread.
    /// </summary>
    public static TDelegate Compile<TDelegate>(Function function) where TDelegate : Delegate
    {
        LoopMemory memory = new(LoopMachine.DefaultMemoryLimit, long.MaxValue, CancellationToken.None);
        HostParameter[] parameters = [.. function.Parameters.Select(parameter => Host.Parameter(HostType(parameter.Type), parameter.Name))];
        return Host.Lambda<TDelegate>(Host.Invoke(Host.Constant(Find(function).Code), [Host.Constant(memory), .. parameters]), parameters).Compile();
    }

    internal static CompiledFunction Find(Function function) => s_compiled.GetValue(function, static missing => new(missing));

    internal static Type HostType(ScalarType type) => type == ScalarType.Int32 ? typeof(int) : typeof(long);
}

/// <summary>A function compiled for the host.</summary>
sealed class CompiledFunction
{
    readonly Func<LoopMemory, long[], long> _run;

    public CompiledFunction(Function function)
    {
        InterpreterCompiler compiler = new(function);
        Code = compiler.Compile();
        StepCost = compiler.StepCost;
        _run = Wrap(function, Code);
    }

    /// <summary>Takes a <see cref="LoopMemory"/> and the parameters as int and long.</summary>
    public Delegate Code { get; }

    /// <summary>Steps of one call, loops not counted.</summary>
    public long StepCost { get; }

    public long Run(LoopMemory memory, long[] arguments) => _run(memory, arguments);

    static Func<LoopMemory, long[], long> Wrap(Function function, Delegate code)
    {
        HostParameter memory = Host.Parameter(typeof(LoopMemory)), arguments = Host.Parameter(typeof(long[]));
        IEnumerable<Host> values = function.Parameters.Select((parameter, i) =>
            (Host)Host.Convert(Host.ArrayIndex(arguments, Host.Constant(i)), Interpreter.HostType(parameter.Type)));
        Host call = Host.Invoke(Host.Constant(code), [memory, .. values]);
        Host result = function.Returns == null ? Host.Block(call, Host.Constant(0L)) : Host.Convert(call, typeof(long));
        return Host.Lambda<Func<LoopMemory, long[], long>>(result, memory, arguments).Compile();
    }
}
