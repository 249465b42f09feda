namespace Zkml.Hashing;

/// <summary>Sees what passes through a transcript, in order: for the test that every proof element moves every later challenge.</summary>
public interface ITranscriptObserver<in T>
{
    /// <summary>The transcript has absorbed <paramref name="value"/>.</summary>
    void Observed(T value);

    /// <summary>The transcript has given out <paramref name="value"/>.</summary>
    void Sampled(T value);
}
