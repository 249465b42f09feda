using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// The two permutations that every hash of the project is made of. One implementation per interpreter: native elements, packed lanes,
/// counted or recorded values.
/// </summary>
/// <typeparam name="T">The value type of one cell of the state.</typeparam>
public interface IPermutation<T> where T : unmanaged, IAlgebra<T>
{
    /// <summary>Permutes a state of 16 cells in place.</summary>
    static abstract void Permute16(Span<T> state);

    /// <summary>Permutes a state of 24 cells in place.</summary>
    static abstract void Permute24(Span<T> state);
}
