using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>
/// Folds a codeword by 8: three binary folds with β, β², β⁴, where the values at x and -x become (f(x) + f(-x))/2 + β·(f(x) - f(-x))/(2x).
/// </summary>
// Pointers: rows of the codewords' matrices and scratch memory that the backend keeps alive during the call.
static unsafe class FoldKernel
{
    /// <summary>Vectors of scratch memory for each worker.</summary>
    public const int ScratchVectors = 48;

    /// <summary>Folds rows [start, end) of <paramref name="source"/>, at least sixteen and a multiple of sixteen; row i gives the value at index i of the result.</summary>
    public static void Fold(ref Arena arena, Codeword source, KoalaBear5 beta, int start, int end, Codeword target)
    {
        PackedKoalaBear* tile = arena.Take<PackedKoalaBear>(ScratchVectors);
        var values = (PackedKoalaBear5*)tile;
        var view = ColumnView.Of(source.Matrix, 0, 0, source.Matrix.Width);
        int logSize = source.LogSize;
        KoalaBear root = Domains.Root(logSize).Inverse(), step = root.Power(RowTile.Rows), eighthRoot = Domains.Root(FriParameters.LogArity).Inverse();
        PackedKoalaBear inverse = CosetSelectors.Points(Domains.CosetShift(logSize).Inverse() * root.Power((ulong)start), root);
        BroadcastKoalaBear5 beta1 = new(beta), beta2 = new(beta * beta), beta4 = new((beta * beta) * (beta * beta));
        // The halves of three folds, at the end.
        KoalaBear eighth = KoalaBear.FromCanonical(FriParameters.Arity).Inverse();
        // In bit-reversed order the pairs of the first fold stand at ω_8^0, ω_8^2, ω_8^1, ω_8^3 times the row's point, those of the second at ω_4^0, ω_4^1.
        KoalaBear root2 = eighthRoot * eighthRoot, root3 = root2 * eighthRoot;
        for (int row = start; row < end; row += RowTile.Rows, inverse *= step)
        {
            view.Load(row, source.Matrix.Rows - 1, tile);
            PackedKoalaBear inverse2 = inverse.Square(), inverse4 = inverse2.Square();
            PackedKoalaBear5 a = Pair(values[0], values[1], inverse, in beta1), b = Pair(values[2], values[3], inverse * root2, in beta1);
            PackedKoalaBear5 c = Pair(values[4], values[5], inverse * eighthRoot, in beta1), d = Pair(values[6], values[7], inverse * root3, in beta1);
            PackedKoalaBear5 left = Pair(a, b, inverse2, in beta2), right = Pair(c, d, inverse2 * root2, in beta2);
            Write(target, row, 1, Pair(left, right, inverse4, in beta4) * eighth);
        }
    }

    /// <summary>Writes lane l of <paramref name="value"/> to domain index first + step·l, of sixteen lanes or as many as the codeword has values.</summary>
    public static void Write(Codeword target, int first, int step, PackedKoalaBear5 value)
    {
        KoalaBear* lanes = stackalloc KoalaBear[KoalaBear5.Degree * PackedKoalaBear.Lanes];
        value.C0.Store(lanes);
        value.C1.Store(lanes + PackedKoalaBear.Lanes);
        value.C2.Store(lanes + 2 * PackedKoalaBear.Lanes);
        value.C3.Store(lanes + 3 * PackedKoalaBear.Lanes);
        value.C4.Store(lanes + 4 * PackedKoalaBear.Lanes);
        for (int lane = 0; lane < PackedKoalaBear.Lanes; lane++)
        {
            int index = first + step * lane;
            if (index >> target.LogSize != 0)
                return;
            (int row, int column) = target.Place(index);
            KoalaBear* cells = target.Matrix.RowPointer(row) + column;
            for (int k = 0; k < KoalaBear5.Degree; k++)
                cells[k] = lanes[k * PackedKoalaBear.Lanes + lane];
        }
    }

    /// <summary>Twice the binary fold, with β already raised and 1/x given.</summary>
    static PackedKoalaBear5 Pair(PackedKoalaBear5 x, PackedKoalaBear5 minusX, PackedKoalaBear inverse, in BroadcastKoalaBear5 beta) =>
        x + minusX + (x - minusX) * inverse * beta;
}
