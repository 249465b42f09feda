using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Zkml.Fields;

/// <summary>
/// The roots behind the twiddles of transforms of one size n: entry [m + i] is ω_(2m)^i, or its inverse, for m = 1, 2, 4, …, n/2 and i in [0, m).
/// Montgomery form, [n].
/// </summary>
sealed class RootTable
{
    readonly KoalaBear[] _roots;

    /// <param name="logSize">log n, in [0, 24].</param>
    /// <param name="inverse">Whether the table holds the inverse roots.</param>
    public RootTable(int logSize, bool inverse)
    {
        LogSize = logSize;
        _roots = new KoalaBear[1 << logSize];
        for (int logHalf = 0; logHalf < logSize; logHalf++)
        {
            KoalaBear root = KoalaBear.TwoAdicRoot(logHalf + 1), power = KoalaBear.One;
            if (inverse)
                root = root.Inverse();
            for (int i = 0; i < 1 << logHalf; i++, power *= root)
                _roots[(1 << logHalf) + i] = power;
        }
    }

    public int LogSize { get; }

    public ReadOnlySpan<KoalaBear> Roots => _roots;
}

/// <summary>
/// The twiddles of a transform over the coset σ·H_n: entry [m + i] belongs to the butterfly of half-size m at row i and is x = σ^(n/2m)·ω_(2m)^i
/// for evaluation and 1/x for interpolation, so that no separate pass scales by powers of σ. Off-heap, refilled for coset after coset.
/// </summary>
sealed unsafe class CosetTwiddles : IDisposable
{
    // The last entries serve the scaled last step of an interpolation.
    const int LastStepEntries = 16;

    readonly RootTable _roots;
    uint* _words;

    public CosetTwiddles(RootTable roots)
    {
        _roots = roots;
        Size = (1 << roots.LogSize) + LastStepEntries;
        _words = (uint*)NativeMemory.AlignedAlloc((nuint)Size * 2 * sizeof(uint), 64);
    }

    int Size { get; }

    /// <summary>The canonical twiddles, [n]; entry 0 is unused.</summary>
    public uint* Words => _words;

    /// <summary>⌊word·2^32/p⌋ at the same places.</summary>
    public uint* Factors => _words + Size;

    /// <summary>Whether the last step of an interpolation scales its results.</summary>
    public bool IsScaled { get; private set; }

    /// <summary>The twiddles of the scaled last step: [c, c·scale, a·scale, b·scale, scale] with radix 4, [a·scale, scale] with radix 2.</summary>
    public uint* LastWords => _words + Size - LastStepEntries;

    /// <summary>Their factors.</summary>
    public uint* LastFactors => Factors + Size - LastStepEntries;

    /// <summary>
    /// Fills the table for <paramref name="shift"/>: σ with a table of roots, σ^-1 with a table of inverse roots.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(KoalaBear shift)
    {
        IsScaled = false;
        // Safe: both parts hold Size > n entries, and m + i < n; a vector step is taken from a multiple of 16 with m ≥ 16 entries to go.
        KoalaBear stage = shift;
        fixed (KoalaBear* roots = _roots.Roots)
            for (int m = (1 << _roots.LogSize) >> 1; m >= 1; m >>= 1, stage *= stage)
            {
                if (m < PackedKoalaBear.Lanes)
                {
                    for (int i = m; i < 2 * m; i++)
                        (_words[i], _words[i + Size]) = Twiddle(roots[i] * stage);
                    continue;
                }

                for (int i = m; i < 2 * m; i += PackedKoalaBear.Lanes)
                    Twiddle(PackedKoalaBear.Load(roots + i) * stage, _words + i, _words + Size + i);
            }
    }

    /// <summary>Makes an interpolation with the filled table multiply every coefficient by <paramref name="scale"/>, inside its last step.</summary>
    public void SetScale(KoalaBear scale)
    {
        KoalaBear c = KoalaBear.FromCanonical(_words[1]);
        if (_roots.LogSize % 2 != 0)
            SetLast(c * scale, scale);
        else if (_roots.LogSize > 0)
            SetLast(c, c * scale, KoalaBear.FromCanonical(_words[2]) * scale, KoalaBear.FromCanonical(_words[3]) * scale, scale);
        IsScaled = true;
    }

    void SetLast(params ReadOnlySpan<KoalaBear> values)
    {
        for (int i = 0; i < values.Length; i++)
            (LastWords[i], LastFactors[i]) = Twiddle(values[i]);
    }

    /// <summary>The canonical word of a twiddle and its factor ⌊word·2^32/p⌋.</summary>
    public static (uint Word, uint Factor) Twiddle(KoalaBear value)
    {
        // The Montgomery word is r = w·2^32 mod p, so w·2^32 = factor·p + r, and modulo 2^32 that is factor = -r·p^-1.
        return (value.ToCanonical(), unchecked(0 - value.Montgomery * KoalaBear.InverseModulus));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Twiddle(PackedKoalaBear value, uint* words, uint* factors)
    {
        (value * KoalaBear.FromMontgomery(1)).Store((KoalaBear*)words);
        new PackedKoalaBear(-(value.Words * Vector512.Create(KoalaBear.InverseModulus))).Store((KoalaBear*)factors);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_words);
        _words = null;
    }
}
