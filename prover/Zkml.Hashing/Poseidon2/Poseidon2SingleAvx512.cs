using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Zkml.Fields;
using static Zkml.Hashing.SignedWords;
using V = System.Runtime.Intrinsics.Vector512<uint>;

namespace Zkml.Hashing;

/// <summary>
/// One Poseidon2 state across the lanes of AVX-512 vectors: for transcripts and single openings, where there are no sixteen states to
/// hash at once. Equals <see cref="Poseidon2Rounds"/>; only called where AVX-512F is supported.
/// </summary>
/// <remarks>
/// Width 24 fills one vector and half of a second, whose upper lanes are kept 0. In the internal rounds cell 0 stands apart, in every
/// lane of its own vector, and lane 0 of the body is 0: so the S-box of a round and the sum over the other cells do not wait for each other.
/// Pointers are safe: the callers hand in exactly 16 or 24 words, and the tables have the lengths the rounds read.
/// Compiled in full at the first call, as <see cref="Poseidon2Avx512"/>.
/// </remarks>
static unsafe class Poseidon2SingleAvx512
{
    static readonly Tables s_tables16 = new(Poseidon2Constants.Width16);
    static readonly Tables s_tables24 = new(Poseidon2Constants.Width24);

    /// <summary>The constants of one width as whole vectors.</summary>
    sealed class Tables
    {
        /// <summary>c - p as signed words, a round in one or two vectors; unused lanes hold -p, which cubes to 0.</summary>
        public readonly Vector512<int>* External;

        /// <summary>c - p as signed words.</summary>
        public readonly int[] Internal;

        /// <summary>The diagonal with 0 for cell 0 and for unused lanes, and d·p^-1 mod 2^32 beside it: [vectors × 2].</summary>
        public readonly V* Diagonal;

        public Tables(Poseidon2Constants constants)
        {
            int width = constants.Width, lanes = (width + 15) / 16 * 16, rounds = 2 * Poseidon2Constants.HalfExternalRounds;
            int* external = (int*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(Poseidon2SingleAvx512), rounds * lanes * sizeof(int));
            for (int i = 0; i < rounds * lanes; i++)
                external[i] = i % lanes < width ? Signed(constants.External[i / lanes * width + i % lanes]) : -(int)KoalaBear.Modulus;
            External = (Vector512<int>*)external;
            Internal = new int[constants.Internal.Length];
            for (int round = 0; round < Internal.Length; round++)
                Internal[round] = Signed(constants.Internal[round]);
            uint* diagonal = (uint*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(Poseidon2SingleAvx512), 2 * lanes * sizeof(uint));
            for (int i = 0; i < lanes; i++)
            {
                uint word = i > 0 && i < width ? constants.Diagonal[i].Montgomery : 0;
                diagonal[i / 16 * 32 + i % 16] = word;
                diagonal[i / 16 * 32 + 16 + i % 16] = unchecked(word * KoalaBear.InverseModulus);
            }
            Diagonal = (V*)diagonal;
        }

        static int Signed(KoalaBear constant) => (int)constant.Montgomery - (int)KoalaBear.Modulus;
    }

    static V WithoutFirst => Vector512.Create(0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u);

    static V LowerHalf => Vector512.Create(Vector256<uint>.AllBitsSet, Vector256<uint>.Zero);

    /// <summary>Permutes 16 words in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Permute16(uint* state)
    {
        Tables tables = s_tables16;
        V x = ExternalLayer(Vector512.Load(state));
        for (int round = 0; round < Poseidon2Constants.HalfExternalRounds; round++)
            x = ExternalLayer(Cube(x.AsInt32() + tables.External[round]));

        V diagonal = tables.Diagonal[0], factors = tables.Diagonal[1];
        V head = Vector512.Create(x.ToScalar()), body = x & WithoutFirst;
        foreach (int constant in tables.Internal)
        {
            V rest = SumCells(SumGroups(body)), cubed = Cube(head.AsInt32() + Vector512.Create(constant));
            body = Add(Add(rest, cubed), Multiply(body, diagonal, factors)) & WithoutFirst;
            head = Subtract(rest, cubed);
        }
        x = Vector512.ConditionalSelect(WithoutFirst, body, head);

        for (int round = Poseidon2Constants.HalfExternalRounds; round < 2 * Poseidon2Constants.HalfExternalRounds; round++)
            x = ExternalLayer(Cube(x.AsInt32() + tables.External[round]));
        x.Store(state);
    }

    /// <summary>Permutes 24 words in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Permute24(uint* state)
    {
        Tables tables = s_tables24;
        V x = Vector512.Load(state), y = Vector512.Create(Vector256.Load(state + 16), Vector256<uint>.Zero);
        ExternalLayer(ref x, ref y);
        for (int round = 0; round < Poseidon2Constants.HalfExternalRounds; round++)
            ExternalRound(ref x, ref y, tables.External + 2 * round);

        V xDiagonal = tables.Diagonal[0], xFactors = tables.Diagonal[1], yDiagonal = tables.Diagonal[2], yFactors = tables.Diagonal[3];
        V head = Vector512.Create(x.ToScalar());
        x &= WithoutFirst;
        foreach (int constant in tables.Internal)
        {
            V rest = SumCells(SumGroups(Add(x, y))), cubed = Cube(head.AsInt32() + Vector512.Create(constant)), sum = Add(rest, cubed);
            x = Add(sum, Multiply(x, xDiagonal, xFactors)) & WithoutFirst;
            y = Add(sum, Multiply(y, yDiagonal, yFactors)) & LowerHalf;
            head = Subtract(rest, cubed);
        }
        x = Vector512.ConditionalSelect(WithoutFirst, x, head);

        for (int round = Poseidon2Constants.HalfExternalRounds; round < 2 * Poseidon2Constants.HalfExternalRounds; round++)
            ExternalRound(ref x, ref y, tables.External + 2 * round);
        x.Store(state);
        y.GetLower().Store(state + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ExternalRound(ref V x, ref V y, Vector512<int>* constants)
    {
        x = Cube(x.AsInt32() + constants[0]);
        y = Cube(y.AsInt32() + constants[1]);
        ExternalLayer(ref x, ref y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExternalLayer(V x)
    {
        x = MultiplyM4(x);
        return Add(x, SumGroups(x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ExternalLayer(ref V x, ref V y)
    {
        x = MultiplyM4(x);
        y = MultiplyM4(y);
        V sum = SumGroups(Add(x, y));
        x = Add(x, sum);
        y = Add(y, sum & LowerHalf);
    }

    /// <summary>circ(2, 3, 1, 1) on each group of four lanes: cell i becomes the group's sum + x_i + 2·x_(i+1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V MultiplyM4(V x)
    {
        V next = Rotate(x);
        return Add(SumCells(x), Add(x, Add(next, next)));
    }

    /// <summary>In every lane the sum of its group of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V SumCells(V x)
    {
        x = Add(x, Avx512F.Shuffle(x, 0b01_00_11_10));
        return Add(x, Rotate(x));
    }

    /// <summary>In every lane the sum of the lanes at its place in all four groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V SumGroups(V x)
    {
        x = Add(x, Avx512F.Shuffle4x128(x, x, 0b01_00_11_10));
        return Add(x, Avx512F.Shuffle4x128(x, x, 0b10_11_00_01));
    }

    /// <summary>Lane i takes the next lane of its group of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Rotate(V x) => Avx512F.Shuffle(x, 0b00_11_10_01);
}
