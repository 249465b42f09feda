using Zkml.Guest.Loops;

namespace Zkml.Guest.Emission.Tests;

public class DifferentialTests
{
    [Test]
    public void RandomPrograms_InTheMachine_ComputeWhatTheInterpreterDoes([Range(0, 39)] int group)
    {
        for (int i = 0; i < 10; i++)
        {
            int seed = 10 * group + i;
            LoopProgram program = RandomLoops.Create(seed, 5 + seed % 60);
            byte[] input = EmittedRun.RandomBytes(program.Inputs.Sum(buffer => buffer.ByteCount), seed);
            EmittedRun.ExpectLikeInterpreter(program, input, $"seed {seed}");
        }
    }
}
