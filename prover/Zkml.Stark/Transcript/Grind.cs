using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>The transcript side of a proof of work; the prover's search is <see cref="Grinding.Find"/> on the same challenger.</summary>
public static class Grind
{
    /// <summary>
    /// With <paramref name="bits"/> &gt; 0: observes the nonce and gives the sample whose low bits must be zero. With 0 bits nothing is observed or
    /// sampled, the answer is false, and the nonce must be 0, which the proof's shape check sees to.
    /// </summary>
    public static bool TryObserve<T, TPermutation>(Challenger<T, TPermutation> challenger, int bits, T nonce, out T sample)
        where T : unmanaged, IAlgebra<T>
        where TPermutation : IPermutation<T>
    {
        sample = default;
        if (bits == 0) return false;
        challenger.Observe(nonce);
        sample = challenger.Sample();
        return true;
    }
}
