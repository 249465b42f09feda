using System.Runtime.ExceptionServices;

namespace Zkml.Fields;

/// <summary>Work on [start, end) by worker <paramref name="worker"/>, in [0, threads): no two calls at a time have the same worker.</summary>
public delegate void RangeBody(int start, int end, int worker);

/// <summary>
/// The one parallel loop. The chunks depend on the count and the chunk length only, never on the number of threads, so a body that writes
/// by index (or sums by chunk) gives the same result whatever the thread count.
/// </summary>
public static class ParallelRange
{
    /// <summary>
    /// Calls <paramref name="body"/> once for each of the chunks [0, chunkLength), [chunkLength, 2·chunkLength), … of [0, count), the last one shorter.
    /// Returns when all are done.
    /// </summary>
    /// <param name="count">Number of indices, at least 0.</param>
    /// <param name="chunkLength">Indices in one call, at least 1.</param>
    /// <param name="threads">Most threads at work, the caller's included, at least 1; with 1 the chunks run in order on the caller's thread.</param>
    /// <param name="body">The work; an exception stops further chunks, and that of the earliest chunk is thrown again.</param>
    /// <param name="cancellation">Checked before each chunk.</param>
    public static void Run(int count, int chunkLength, int threads, RangeBody body, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        int chunks = (int)(((long)count + chunkLength - 1) / chunkLength);
        if (threads == 1 || chunks <= 1)
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                cancellation.ThrowIfCancellationRequested();
                RunChunk(chunk, 0);
            }

            return;
        }

        int next = -1, failedChunk = int.MaxValue;
        ExceptionDispatchInfo? failure = null;
        Lock failureLock = new();
        var helpers = new Task[Math.Min(threads, chunks) - 1];
        for (int i = 0; i < helpers.Length; i++)
        {
            int worker = i + 1;
            helpers[i] = Task.Run(() => Work(worker), CancellationToken.None);
        }

        Work(0);
        Task.WaitAll(helpers, CancellationToken.None);
        failure?.Throw();
        cancellation.ThrowIfCancellationRequested();

        void Work(int worker)
        {
            for (int chunk = Interlocked.Increment(ref next); chunk < chunks && !cancellation.IsCancellationRequested; chunk = Interlocked.Increment(ref next))
            {
                try
                {
                    RunChunk(chunk, worker);
                }
                catch (Exception exception)
                {
                    lock (failureLock)
                    {
                        if (chunk < failedChunk)
                            (failedChunk, failure) = (chunk, ExceptionDispatchInfo.Capture(exception));
                    }

                    Interlocked.Exchange(ref next, chunks);
                }
            }
        }

        void RunChunk(int chunk, int worker) => body(chunk * chunkLength, (int)Math.Min(count, (chunk + 1L) * chunkLength), worker);
    }
}
