namespace Zkml.Examples.Training;

/// <summary>A tensor with its gradient: row-major floats.</summary>
public sealed class Variable
{
    /// <summary>Zeros of a shape.</summary>
    public Variable(params ReadOnlySpan<int> shape)
    {
        Shape = shape.ToArray();
        int count = 1;
        foreach (int extent in shape) count *= extent;
        (Values, Gradients) = (new float[count], new float[count]);
    }

    /// <summary>Extents, outermost first.</summary>
    public int[] Shape { get; }

    /// <summary>The elements.</summary>
    public float[] Values { get; }

    /// <summary>d loss / d element, summed since the last step.</summary>
    public float[] Gradients { get; }

    /// <summary>Number of elements.</summary>
    public int Count => Values.Length;

    /// <summary>Normal deviates of a standard deviation.</summary>
    public static Variable Random(Random random, double deviation, params ReadOnlySpan<int> shape)
    {
        Variable variable = new(shape);
        foreach (ref float value in variable.Values.AsSpan())
        {
            // Box–Muller: a normal deviate of two uniform ones.
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            value = (float)(deviation * radius * Math.Cos(angle));
        }
        return variable;
    }

    /// <summary>The same number everywhere.</summary>
    public static Variable Filled(float value, params ReadOnlySpan<int> shape)
    {
        Variable variable = new(shape);
        Array.Fill(variable.Values, value);
        return variable;
    }

    /// <summary>Given elements.</summary>
    public static Variable Of(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        Variable variable = new(shape);
        values.CopyTo(variable.Values);
        return variable;
    }
}
