using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>The points and row selectors of consecutive rows of one coset shift·H_N, sixteen at a time.</summary>
// Pointers: scratch memory of the caller's arena.
readonly unsafe struct CosetSelectors
{
    readonly PackedKoalaBear* _first, _transition, _last;

    /// <summary>Vectors of scratch memory for <paramref name="tiles"/> tiles.</summary>
    public static int ScratchVectors(int tiles) => 5 * tiles;

    /// <summary>Computes the selectors of rows start, start + 1, … of <paramref name="tiles"/> tiles; a coset of fewer than sixteen rows repeats.</summary>
    public CosetSelectors(ref Arena arena, int logHeight, KoalaBear shift, int start, int tiles)
    {
        _first = arena.Take<PackedKoalaBear>(2 * tiles);
        _last = _first + tiles;
        _transition = arena.Take<PackedKoalaBear>(tiles);
        PackedKoalaBear* prefixes = arena.Take<PackedKoalaBear>(2 * tiles);

        KoalaBear root = Domains.Root(logHeight), vanishing = shift.Power(1ul << logHeight) - KoalaBear.One;
        PackedKoalaBear lastPoint = PackedKoalaBear.FromBase(root.Inverse()), x = Points(shift * root.Power((ulong)start), root);
        KoalaBear step = root.Power(RowTile.Rows);
        for (int tile = 0; tile < tiles; tile++, x *= step)
        {
            _first[tile] = x - PackedKoalaBear.One;
            _last[tile] = _transition[tile] = x - lastPoint;
        }

        PackedInverse.InPlace(_first, 2 * tiles, prefixes);
        for (int tile = 0; tile < 2 * tiles; tile++)
            _first[tile] *= vanishing;
    }

    /// <summary>The selectors of tile <paramref name="tile"/>.</summary>
    public RowSelectors<PackedKoalaBear> this[int tile] => new(_first[tile], _transition[tile], _last[tile]);

    /// <summary>first·root^lane in each lane.</summary>
    public static PackedKoalaBear Points(KoalaBear first, KoalaBear root)
    {
        Span<KoalaBear> points = stackalloc KoalaBear[RowTile.Rows];
        foreach (ref KoalaBear point in points)
        {
            point = first;
            first *= root;
        }

        return PackedKoalaBear.FromElements(points);
    }
}
