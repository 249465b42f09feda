using Zkml.Guest.Loops;

namespace Zkml.Guest.Emission.Tests;

/// <summary>Random programs in the machine against the interpreter on the host. A failure names the seed.</summary>
public class DifferentialTests
{
    [Test]
    public void RandomPrograms_InTheMachine_ComputeWhatTheInterpreterDoes([Range(0, 9)] int group)
    {
        for (int seed = 10 * group; seed < 10 * group + 10; seed++) Compare(seed, 5 + seed % 40);
    }

    [Test, Category("Slow")]
    public void ManyRandomPrograms_InTheMachine_ComputeWhatTheInterpreterDoes([Range(0, 4)] int group)
    {
        for (int seed = 100 * (group + 1); seed < 100 * (group + 2); seed++) Compare(seed, 5 + seed % 80);
    }

    [Test, Category("Slow")]
    public void LargeRandomPrograms_InTheMachine_ComputeWhatTheInterpreterDoes([Range(6001, 6006)] int seed) => Compare(seed, 600);

    static void Compare(int seed, int statements)
    {
        LoopProgram program = RandomLoops.Create(seed, statements);
        byte[] input = EmittedRun.RandomBytes(program.Inputs.Sum(buffer => buffer.ByteCount), seed);
        EmittedRun.ExpectLikeInterpreter(program, input, $"seed {seed}, {statements} statements");
    }
}
