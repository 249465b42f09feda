using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// A complex Fourier transform of fixed length, Σ x_t · e^(∓2πi·tk / length) without a scale: one pass for each prime factor up to
/// <see cref="LargestRadix"/>, or, where the length has a larger one, the definition. Numbers lie as real and imaginary part side by side.
/// </summary>
internal sealed class FastTransform
{
    const int LargestRadix = 13;

    readonly LoweringContext _context;
    readonly ElementType _type;
    readonly int _length;
    readonly bool _isInverse;
    readonly TensorView _other, _cosines, _sines;

    /// <summary>The buffers and tables of a transform.</summary>
    public FastTransform(LoweringContext context, ElementType type, int length, bool isInverse)
    {
        (_context, _type, _length, _isInverse) = (context, Number.Computed(type), length, isInverse);
        Samples = context.Wide("samples", type, 2 * length);
        _other = context.Wide("passes", type, 2 * length);
        (_cosines, _sines) = (Table("cosines", Math.Cos), Table("sines", angle => isInverse ? Math.Sin(angle) : -Math.Sin(angle)));
    }

    // A number of the guest while code is written.
    readonly record struct Complex(Number Real, Number Imaginary)
    {
        public static Complex operator +(Complex left, Complex right) => new(left.Real + right.Real, left.Imaginary + right.Imaginary);

        public static Complex operator -(Complex left, Complex right) => new(left.Real - right.Real, left.Imaginary - right.Imaginary);

        public Complex Keep() => new(Real.Keep("real"), Imaginary.Keep("imaginary"));
    }

    /// <summary>What is transformed, [length × 2]: filled before <see cref="Append"/>.</summary>
    public TensorView Samples { get; }

    /// <summary>Writes the transform; the result [length × 2] is in the tensor that is returned.</summary>
    public TensorView Append()
    {
        if (Factors() is not { } factors) return AppendDefinition();
        (TensorView from, TensorView to) = (Samples, _other);
        int done = 1;
        foreach (int radix in factors)
        {
            AppendPass(from, to, radix, done, _length / (done * radix));
            (from, to, done) = (to, from, done * radix);
        }
        return from;
    }

    // An even factor goes first, the odd ones in ascending order; null if one is too large.
    List<int>? Factors()
    {
        List<int> factors = [];
        int rest = _length;
        for (int radix = 2; radix <= LargestRadix; radix++)
            for (; rest % radix == 0; rest /= radix) factors.Add(radix);
        return rest == 1 ? factors : null;
    }

    void AppendPass(TensorView from, TensorView to, int radix, int done, int inner)
    {
        FunctionBuilder code = _context.Code;
        code.For("group", 0, done, group =>
        {
            AppendButterfly(from, to, radix, done, inner, group, 0, isTurned: false);
            code.For("i", 1, inner, i => AppendButterfly(from, to, radix, done, inner, group, i, isTurned: true));
        });
    }

    void AppendButterfly(TensorView from, TensorView to, int radix, int done, int inner, Expression group, Expression i, bool isTurned)
    {
        FunctionBuilder code = _context.Code;
        Local source = code.Local("source", (group * (radix * inner) + i) * 2), target = code.Local("target", (group * inner + i) * 2);
        Complex[] x = [.. Enumerable.Range(0, radix).Select(j => Load(from, source + 2 * j * inner).Keep())];
        if (radix == 2)
        {
            Put(0, x[0] + x[1]);
            Put(1, x[0] - x[1]);
            return;
        }
        int half = (radix - 1) / 2;
        Complex[] sums = [.. Enumerable.Range(1, half).Select(j => (x[j] + x[radix - j]).Keep())], differences = [.. Enumerable.Range(1, half).Select(j => (x[j] - x[radix - j]).Keep())];
        Put(0, sums.Aggregate(x[0], (left, right) => left + right));
        for (int k = 1; k <= half; k++)
        {
            (Complex even, Complex odd) = Parts(x[0], sums, differences, radix, k);
            Put(k, even + odd);
            Put(radix - k, even - odd);
        }

        void Put(int k, Complex value)
        {
            if (isTurned && k > 0) value = Turned(value.Keep(), i * (k * done));
            _context.Put(to, target + 2 * k * done * inner, value.Real);
            _context.Put(to, target + (2 * k * done * inner + 1), value.Imaginary);
        }
    }

    // Frequencies k and radix − k are the sum and the difference of these.
    (Complex Even, Complex Odd) Parts(Complex first, Complex[] sums, Complex[] differences, int radix, int k)
    {
        Complex even = first;
        Number? oddReal = null, oddImaginary = null;
        for (int j = 1; j <= sums.Length; j++)
        {
            int turn = j * k % radix;
            Number cosine = first.Real.Of(Math.Cos(2 * Math.PI * Math.Min(turn, radix - turn) / radix));
            double height = Math.Sin(2 * Math.PI * Math.Min(turn, radix - turn) / radix) * (turn > radix / 2 ? -1 : 1);
            Number sine = first.Real.Of(_isInverse ? height : -height);
            even += new Complex(cosine * sums[j - 1].Real, cosine * sums[j - 1].Imaginary);
            Number real = sine * differences[j - 1].Imaginary, imaginary = sine * differences[j - 1].Real;
            (oddReal, oddImaginary) = (oddReal is { } r ? r + real : real, oddImaginary is { } i ? i + imaginary : imaginary);
        }
        return (even.Keep(), new Complex(-oddReal!.Value, oddImaginary!.Value).Keep());
    }

    Complex Turned(Complex value, Expression turn)
    {
        Local place = _context.Code.Local("turn", turn);
        Number cosine = _context.At(_cosines, place).Keep("cosine"), sine = _context.At(_sines, place).Keep("sine");
        return new(value.Real * cosine - value.Imaginary * sine, value.Real * sine + value.Imaginary * cosine);
    }

    Complex Load(TensorView from, Expression index)
    {
        Local place = _context.Code.Local("place", index);
        return new(_context.At(from, place), _context.At(from, place + 1));
    }

    TensorView AppendDefinition()
    {
        FunctionBuilder code = _context.Code;
        code.For("frequency", 0, _length, frequency =>
        {
            Number real = Zero().Variable("real"), imaginary = Zero().Variable("imaginary");
            Local turn = code.Local("turn", Fold.Constant(ScalarType.Int32, 0));
            code.For("t", 0, _length, t =>
            {
                Complex term = Turned(Load(Samples, t * 2).Keep(), turn);
                real.Assign(real + term.Real);
                imaginary.Assign(imaginary + term.Imaginary);
                Local next = code.Local("next", turn + frequency);
                code.Assign(turn, Expression.Select(next < _length, next, next - _length));
            });
            _context.Put(_other, frequency * 2, real);
            _context.Put(_other, frequency * 2 + 1, imaginary);
        });
        return _other;

        Number Zero() => new(code, _type, ElementMath.Constant(_type, 0.0));
    }

    TensorView Table(string name, Func<double, double> function)
    {
        double[] values = [.. Enumerable.Range(0, _length).Select(i => function(2 * Math.PI * i / _length))];
        return _context.Constant(name, _type == ElementType.Float64
            ? Tensor.Of<double>(_type, new(_length), values)
            : Tensor.Of<float>(_type, new(_length), [.. values.Select(value => (float)value)]));
    }
}
