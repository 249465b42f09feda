using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// The rounds of Poseidon2 [GKS23] as one readable text over any algebra: native elements, packed lanes, constraint expressions.
/// The reference of every faster kernel.
/// </summary>
public static class Poseidon2Rounds
{
    /// <summary>The whole permutation of a state of <see cref="Poseidon2Constants.Width"/> cells, in place.</summary>
    public static void Permute<T>(Span<T> state, Poseidon2Constants constants) where T : unmanaged, IAlgebra<T>
    {
        int width = constants.Width;
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, width);
        ExternalLayer(state);
        for (int round = 0; round < Poseidon2Constants.HalfExternalRounds; round++)
            ExternalRound(state, constants.External.Slice(round * width, width));
        foreach (KoalaBear constant in constants.Internal)
            InternalRound(state, constant, constants.Diagonal);
        for (int round = Poseidon2Constants.HalfExternalRounds; round < 2 * Poseidon2Constants.HalfExternalRounds; round++)
            ExternalRound(state, constants.External.Slice(round * width, width));
    }

    /// <summary>Adds the constants and cubes every cell, then applies the external matrix.</summary>
    public static void ExternalRound<T>(Span<T> state, ReadOnlySpan<KoalaBear> constants) where T : unmanaged, IAlgebra<T>
    {
        for (int i = 0; i < state.Length; i++)
            state[i] = Cube(state[i] + T.FromBase(constants[i]));
        ExternalLayer(state);
    }

    /// <summary>Adds the constant to cell 0 and cubes it, then applies the internal matrix.</summary>
    public static void InternalRound<T>(Span<T> state, KoalaBear constant, ReadOnlySpan<KoalaBear> diagonal) where T : unmanaged, IAlgebra<T>
    {
        state[0] = Cube(state[0] + T.FromBase(constant));
        InternalLayer(state, diagonal);
    }

    /// <summary>x³, a permutation of the field because 3 does not divide p - 1.</summary>
    public static T Cube<T>(T x) where T : unmanaged, IAlgebra<T> => x * x * x;

    /// <summary>
    /// The external matrix circ(2·M4, M4, …, M4): M4 on each group of four cells, then to each cell the sum of the cells of its
    /// place in all groups.
    /// </summary>
    public static void ExternalLayer<T>(Span<T> state) where T : unmanaged, IAlgebra<T>
    {
        T sum0 = T.FromBase(default), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (int i = 0; i < state.Length; i += 4)
        {
            Span<T> group = state.Slice(i, 4);
            MultiplyM4(group);
            sum0 += group[0];
            sum1 += group[1];
            sum2 += group[2];
            sum3 += group[3];
        }
        for (int i = 0; i < state.Length; i += 4)
        {
            Span<T> group = state.Slice(i, 4);
            group[0] += sum0;
            group[1] += sum1;
            group[2] += sum2;
            group[3] += sum3;
        }
    }

    /// <summary>M4 = circ(2, 3, 1, 1).</summary>
    static void MultiplyM4<T>(Span<T> x) where T : unmanaged, IAlgebra<T>
    {
        T left = x[0] + x[1], right = x[2] + x[3], total = left + right;
        T total1 = total + x[1], total3 = total + x[3];
        T x0 = x[0], x2 = x[2];
        x[0] = total1 + left;
        x[1] = total1 + x2 + x2;
        x[2] = total3 + right;
        x[3] = total3 + x0 + x0;
    }

    /// <summary>The internal matrix J + diag(d): cell i becomes Σ state + d_i·state_i.</summary>
    public static void InternalLayer<T>(Span<T> state, ReadOnlySpan<KoalaBear> diagonal) where T : unmanaged, IAlgebra<T>
    {
        T sum = state[0];
        for (int i = 1; i < state.Length; i++)
            sum += state[i];
        for (int i = 0; i < state.Length; i++)
            state[i] = sum + state[i] * diagonal[i];
    }
}
