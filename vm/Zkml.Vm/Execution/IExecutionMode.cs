namespace Zkml.Vm.Execution;

/// <summary>What the interpreter keeps besides the guest's state; constants, so that each mode is compiled on its own.</summary>
internal interface IExecutionMode
{
    /// <summary>Keep access times, emit bumps, and stop where a segment is full.</summary>
    static abstract bool IsTimed { get; }

    /// <summary>Write events.</summary>
    static abstract bool IsRecorded { get; }
}

/// <summary>Results only.</summary>
internal readonly struct FastMode : IExecutionMode
{
    public static bool IsTimed => false;
    public static bool IsRecorded => false;
}

/// <summary>Row counts as in <see cref="RecordMode"/>, without the rows.</summary>
internal readonly struct MeterMode : IExecutionMode
{
    public static bool IsTimed => true;
    public static bool IsRecorded => false;
}

/// <summary>Every event of every chip.</summary>
internal readonly struct RecordMode : IExecutionMode
{
    public static bool IsTimed => true;
    public static bool IsRecorded => true;
}
