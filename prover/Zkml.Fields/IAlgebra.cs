using System.Numerics;

namespace Zkml.Fields;

/// <summary>
/// The ring operations that constraints and the verifier may use. One type per interpreter: a field element, packed lanes,
/// an extension element, a recorded expression.
/// </summary>
/// <typeparam name="T">The value type itself; unmanaged, so that one struct of <typeparamref name="T"/> lays out a row.</typeparam>
public interface IAlgebra<T> : IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>
    where T : unmanaged, IAlgebra<T>
{
    /// <summary>Embeds a base-field constant.</summary>
    static abstract T FromBase(KoalaBear value);

    /// <summary>Product with a base-field constant; cheaper than embedding it first.</summary>
    static abstract T operator *(T left, KoalaBear right);
}
