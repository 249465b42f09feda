using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fq8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FqModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

readonly unsafe partial struct PackedPointKernel<TCurve, TField, TPacked>
{
    /// <summary>
    /// Registers of eight sums: slope = numerator / denominator, x = slope² - x1 - x2, y = slope·(x1 - x) - y1. A lane whose sum is exceptional
    /// (equal, opposite or infinite operands) gets other values; such lanes are rare, and found by one word.
    /// </summary>
    readonly struct Group(Limb* work)
    {
        /// <summary>x then y.</summary>
        Limb* Left => work;

        Limb* Right => work + 2 * Width;

        /// <summary>x then y of the sum.</summary>
        public Limb* Result => work + 4 * Width;

        public Limb* Denominator => work + 6 * Width;

        public Limb* Numerator => work + 7 * Width;

        public Limb* Slope => work + 8 * Width;

        /// <summary>The running product of the denominators, then its running inverse.</summary>
        public Limb* Inverse => work + 9 * Width;

        public Limb* End => work + 10 * Width;

        /// <summary>Loads what the first pass needs: the denominators x2 - x1.</summary>
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void LoadDifference(PointPairs pairs, int first)
        {
            Limb leftWord = LoadX(pairs.Left + first, Left), rightWord = LoadX(pairs.Right + first, Right);
            TPacked.Subtract(Right, Left, Denominator);
            uint exceptional = FindExceptional(leftWord, rightWord);
            if (exceptional != 0)
                PatchSlopes(pairs, first, exceptional);
        }

        /// <summary>Loads both points, numerators and denominators.</summary>
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Load(PointPairs pairs, int first)
        {
            Limb leftWord = LoadPoint(pairs.Left + first, Left), rightWord = LoadPoint(pairs.Right + first, Right);
            TPacked.Subtract(Right, Left, Denominator);
            TPacked.Subtract(Right + Width, Left + Width, Numerator);
            uint exceptional = FindExceptional(leftWord, rightWord);
            if (exceptional != 0)
                PatchSlopes(pairs, first, exceptional);
        }

        /// <summary>From slope² in the result: x, and x1 - x in place of the denominator.</summary>
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void FinishX()
        {
            for (int i = 0; i < Width; i += Fq8.LimbCount)
                Fq8.SubtractReduced(Result + i, Left + i, Right + i, Result + i);
            TPacked.Subtract(Left, Result, Denominator);
        }

        /// <summary>From slope·(x1 - x) in place of the numerator: y, and the sums go to their targets.</summary>
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void FinishAndStore(PointPairs pairs, int first)
        {
            for (int i = 0; i < Width; i += Fq8.LimbCount)
                Fq8.SubtractReduced(Numerator + i, Left + Width + i, Result + Width + i);
            StorePoint(Result, pairs.Targets + first);
            uint exceptional = FindExceptional(LowWord(Left), LowWord(Right));
            if (exceptional != 0)
                PatchSums(pairs, first, exceptional);
        }

        /// <summary>
        /// The lanes where x1 = x2 or a point is infinite, and perhaps a few others. Both numbers are below 2p, so equal elements differ by 0, p or -p.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static uint FindExceptional(Limb leftWord, Limb rightWord)
        {
            Limb difference = leftWord - rightWord;
            Limb found = Vector512.Equals(difference, Limb.Zero) | Vector512.Equals(difference, Vector512.Create(FqModulus.P0))
                | Vector512.Equals(difference, Vector512.Create(unchecked(0 - FqModulus.P0)))
                | Vector512.Equals(leftWord, Limb.Zero) | Vector512.Equals(rightWord, Limb.Zero);
            return (uint)found.ExtractMostSignificantBits();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Limb LowWord(Limb* value) => value[0] | (value[1] << 29) | (value[2] << 58);

        /// <summary>Equal points: 2·y and 3·x². Otherwise a denominator of 1, because the sum needs none.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        void PatchSlopes(PointPairs pairs, int first, uint lanes)
        {
            for (; lanes != 0; lanes &= lanes - 1)
            {
                int lane = BitOperations.TrailingZeroCount(lanes);
                AffinePoint<TCurve, TField> left = ReadOperand(pairs.Left[first + lane]), right = ReadOperand(pairs.Right[first + lane]);
                if (left.IsInfinity || right.IsInfinity)
                {
                    SetLane(Denominator, lane, s_ratio);
                }
                else if (left.X.Equals(right.X))
                {
                    bool isDoubled = left.Y.Equals(right.Y);
                    SetLane(Denominator, lane, isDoubled ? left.Y + left.Y : s_ratio);
                    TField square = left.X.Square() * s_inverseRatio;
                    SetLane(Numerator, lane, square + square + square);
                }
            }
        }

        /// <summary>Opposite points: infinity. One infinite point: the other.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        void PatchSums(PointPairs pairs, int first, uint lanes)
        {
            for (; lanes != 0; lanes &= lanes - 1)
            {
                int index = first + BitOperations.TrailingZeroCount(lanes);
                AffinePoint<TCurve, TField> left = ReadOperand(pairs.Left[index]), right = ReadOperand(pairs.Right[index]);
                var target = (AffinePoint<TCurve, TField>*)pairs.Targets[index];
                if (left.IsInfinity)
                    *target = right;
                else if (right.IsInfinity)
                    *target = left;
                else if (left.X.Equals(right.X) && !left.Y.Equals(right.Y))
                    *target = default;
            }
        }
    }
}
