using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>Elements of K, each in all sixteen lanes, on 64-byte boundaries for kernels to read.</summary>
sealed unsafe class BroadcastValues : IDisposable
{
    readonly FieldMatrix _memory;

    /// <summary>Broadcasts <paramref name="values"/>.</summary>
    public BroadcastValues(FieldMatrixPool pool, ReadOnlySpan<KoalaBear5> values)
    {
        Count = values.Length;
        _memory = pool.RentUnspecified(Math.Max(1, values.Length), KoalaBear5.Degree * PackedKoalaBear.Lanes);
        for (int i = 0; i < values.Length; i++)
            Pointer[i] = PackedKoalaBear5.FromExtension(values[i]);
    }

    /// <summary>Number of values.</summary>
    public int Count { get; }

    /// <summary>The first value. Safe: a row of the memory is one packed value, and it lives until disposal.</summary>
    public PackedKoalaBear5* Pointer => (PackedKoalaBear5*)_memory.Pointer;

    /// <summary>1, factor, factor², …</summary>
    public static KoalaBear5[] Powers(KoalaBear5 first, KoalaBear5 factor, int count)
    {
        var powers = new KoalaBear5[count];
        for (int i = 0; i < count; i++, first *= factor)
            powers[i] = first;
        return powers;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();
}
