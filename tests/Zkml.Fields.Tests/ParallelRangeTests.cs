namespace Zkml.Fields.Tests;

sealed class ParallelRangeTests
{
    [TestCase(0, 4, 1)]
    [TestCase(0, 4, 3)]
    [TestCase(1, 4, 3)]
    [TestCase(1000, 7, 1)]
    [TestCase(1000, 7, 2)]
    [TestCase(1000, 7, 16)]
    [TestCase(1000, 1000, 4)]
    [TestCase(1000, int.MaxValue, 4)]
    public void Run_AnyShape_CoversEachIndexOnceInFixedChunks(int count, int chunkLength, int threads)
    {
        var visits = new int[count];
        int calls = 0;
        ParallelRange.Run(count, chunkLength, threads, (start, end, worker) =>
        {
            Assert.That(worker, Is.InRange(0, threads - 1));
            Assert.That(start % chunkLength, Is.Zero);
            Assert.That(end, Is.EqualTo(Math.Min(count, (long)start + chunkLength)));
            Interlocked.Increment(ref calls);
            for (int i = start; i < end; i++)
                Interlocked.Increment(ref visits[i]);
        });
        Assert.That(visits, Is.All.EqualTo(1));
        Assert.That(calls, Is.EqualTo(((long)count + chunkLength - 1) / chunkLength));
    }

    [Test]
    public void Run_WorkersAtTheSameTime_AreDistinct()
    {
        var busy = new int[4];
        ParallelRange.Run(4000, 1, 4, (_, _, worker) =>
        {
            Assert.That(Interlocked.Increment(ref busy[worker]), Is.EqualTo(1));
            Interlocked.Decrement(ref busy[worker]);
        });
    }

    [TestCase(1)]
    [TestCase(4)]
    public void Run_BodyThrows_ThrowsTheSameException(int threads)
    {
        var failure = new InvalidDataException("chunk 3");
        int after = 0;
        var thrown = Assert.Throws<InvalidDataException>(() => ParallelRange.Run(1_000_000, 1, threads, (start, _, _) =>
        {
            if (start == 3)
                throw failure;
            Interlocked.Increment(ref after);
        }));
        Assert.That(thrown, Is.SameAs(failure));
        Assert.That(after, Is.LessThan(999_999), "later chunks are not started");
    }

    [TestCase(1)]
    [TestCase(4)]
    public void Run_Cancelled_StopsAndThrows(int threads)
    {
        using var source = new CancellationTokenSource();
        int calls = 0;
        Assert.That(
            () => ParallelRange.Run(1_000_000, 1, threads, (_, _, _) =>
            {
                if (Interlocked.Increment(ref calls) == 10)
                    source.Cancel();
            }, source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(calls, Is.LessThan(1_000_000));
    }

    [Test]
    public void Run_BadArguments_Throws()
    {
        RangeBody body = (_, _, _) => { };
        Assert.That(() => ParallelRange.Run(-1, 1, 1, body), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => ParallelRange.Run(1, 0, 1, body), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => ParallelRange.Run(1, 1, 0, body), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
