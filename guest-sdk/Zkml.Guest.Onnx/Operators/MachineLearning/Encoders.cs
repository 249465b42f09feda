using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Onnx.Operators.Neural;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>Selects elements of the last axis by index.</summary>
internal sealed class ArrayFeatureExtractor : Operator
{
    const int IndexExitCode = 2;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 1);
        context.Numeric(0);
        Require(context.TypeOf(1) == ElementType.Int64, $"input 1: expected Int64, got {context.TypeOf(1)}");
        long count = context.ShapeOf(1).Count;
        context.SetOutput(0, context.TypeOf(0), x.Rank == 1 ? ShapeOf(1, count) : ShapeOf([.. x.Dimensions[..^1].ToArray().Select(extent => (long)extent), count]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), indices = context.Input(1), y = context.Output(0);
        int columns = x.Shape[^1], count = indices.Shape.Count, rows = count == 0 ? 0 : y.Shape.Count / count;
        FunctionBuilder code = context.Code;
        code.For("i", 0, count, i =>
        {
            Local index = code.Local("index", Expression.Load(indices.Buffer, i));
            code.If(index.IsBelow(Expression.Bits((ulong)columns)).Not(), () => code.Fail(IndexExitCode, $"{context.Node.Name}: an index lies outside of 0 to {columns - 1}"));
            Local column = code.Local("column", index.Low());
            code.For("row", 0, rows, row => context.Store(y, row * count + i, context.Load(x, row * columns + column)));
        });
    }
}

/// <summary>A row of zeros with a 1 at the place of the category. A value of no category fails unless the attribute zeros allows it.</summary>
internal sealed class OneHotEncoder : Operator
{
    const int CategoryExitCode = 2;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.ShapeOf(0);
        if (context.TypeOf(0) == ElementType.String) throw new OnnxException(OnnxError.String, $"input {context.Input(0).Name} is text; encode it before the model");
        context.Numeric(0);
        context.SetOutput(0, ElementType.Float32, ShapeOf([.. x.Dimensions.ToArray().Select(extent => (long)extent), Categories(context.Node).Length]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        long[] categories = Categories(context.Node);
        LoopBuffer table = context.Constant("categories", Tensor.Of<long>(ElementType.Int64, new(categories.Length), categories)).Buffer;
        FunctionBuilder code = context.Code;
        code.For("i", 0, x.Shape.Count, i =>
        {
            Local value = code.Local("value", ElementMath.Convert(x.Type, ElementType.Int64, context.Load(x, i)));
            Local found = code.Local("found", Fold.Constant(ScalarType.Int32, 0));
            code.For("category", 0, categories.Length, category =>
            {
                Local isSame = code.Local("same", value.Is(Expression.Load(table, category)));
                code.Assign(found, found | isSame);
                context.Put(y, i * categories.Length + category, Number.Select(isSame, context.Constant(y.Type, 1), context.Constant(y.Type, 0)));
            });
            if (!context.Attributes.Flag("zeros", absent: true)) code.If(found.Not(), () => code.Fail(CategoryExitCode, $"{context.Node.Name}: a value is none of the categories"));
        });
    }

    // Texts match the labels of the input, whose values are indices.
    static long[] Categories(Node node)
    {
        if (node.Attributes.Integers("cats_int64s") is { Length: > 0 } integers) return integers;
        string[] texts = node.Attributes.Texts("cats_strings") ?? [];
        Require(texts.Length > 0, $"cats_int64s: expected at least one category");
        IReadOnlyList<string> labels = node.Inputs[0]!.Labels ?? throw new OnnxException(OnnxError.String, $"input {node.Inputs[0]!.Name} is not known to be text");
        return [.. texts.Select(text => (long)labels.ToList().IndexOf(text))];
    }
}

/// <summary>
/// Replaces keys by values. Texts stay on the host: as values they become indices with <see cref="Value.Labels"/>, as keys they match the labels
/// of the input.
/// </summary>
internal sealed class LabelEncoder : Operator
{
    sealed record Mapping(long[] Keys, Tensor Values, Tensor Default, string[]? Labels);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.ShapeOf(0);
        if (context.TypeOf(0) == ElementType.String)
        {
            if (context.Input(0).Constant is not { } known) throw new OnnxException(OnnxError.String, $"input {context.Input(0).Name} is text; encode it before the model");
            FoldText(context, known);
            return;
        }
        context.Numeric(0);
        Mapping mapping = MappingOf(context.Node);
        context.SetOutput(0, mapping.Values.Type, x);
        context.SetLabels(0, mapping.Labels);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        Mapping mapping = MappingOf(context.Node);
        // Sorted by key; of equal keys the last one counts.
        int[] order = [.. Enumerable.Range(0, mapping.Keys.Length).GroupBy(i => mapping.Keys[i]).OrderBy(group => group.Key).Select(group => group.Last())];
        LoopBuffer keys = context.Constant("keys", Tensor.Of<long>(ElementType.Int64, new(order.Length), [.. order.Select(i => mapping.Keys[i])])).Buffer;
        TensorView values = context.Constant("values", Reordered(mapping.Values, order)), absent = context.Constant("default", mapping.Default);
        FunctionBuilder code = context.Code;
        code.For("i", 0, x.Shape.Count, i =>
        {
            Local key = code.Local("key", KeyOf(context, x, i));
            Local low = code.Local("low", Fold.Constant(ScalarType.Int32, 0)), high = code.Local("high", Fold.Constant(ScalarType.Int32, order.Length));
            // The first key that is not below.
            code.While(low < high, () =>
            {
                Local middle = code.Local("middle", (low + high) >>> 1);
                code.If(Expression.Load(keys, middle) < key, () => code.Assign(low, middle + 1), () => code.Assign(high, middle));
            });
            Local place = code.Local("place", Expression.Select(low < order.Length, low, 0));
            Expression isFound = order.Length == 0 ? 0 : (low < order.Length) & Expression.Load(keys, place).Is(key);
            code.If(isFound, () => context.Store(y, i, context.Load(values, place)), () => context.Store(y, i, context.Load(absent, 0)));
        });
    }

    // Floats by their ordered key, so that −0 is 0 and NaN matches NaN.
    static Expression KeyOf(LoweringContext context, TensorView x, Expression index)
    {
        if (!x.Type.IsFloat) return ElementMath.Convert(x.Type, ElementType.Int64, context.Load(x, index));
        Number value = context.At(x, index).Keep("value");
        Number canonical = Number.Select((value.Bits << 1).Not(), value.Of(0), value);
        Expression key = canonical.Key();
        return Expression.Select(value.IsNaN(), ForestTables.KeyOf(x.Type, double.NaN), key.Type == ScalarType.Int64 ? key : key.ToInt64());
    }

    static Mapping MappingOf(Node node)
    {
        NodeAttributes attributes = node.Attributes;
        ElementType type = node.Inputs[0]!.Type;
        long[] keys = Keys(attributes, node.Inputs[0]!);
        (Tensor values, Tensor absent, string[]? labels) = Values(attributes);
        Require(keys.Length == values.Shape.Count, $"expected as many values as keys, got {values.Shape.Count} and {keys.Length}");
        Require(values.Type.IsNumeric && absent.Type == values.Type && absent.Shape.Count == 1, $"default: expected one {values.Type}, got {absent}");
        Require(type.IsNumeric, $"input 0: expected a numeric type, got {type}");
        return new(keys, values, absent, labels);
    }

    static long[] Keys(NodeAttributes attributes, Value input)
    {
        ElementType type = input.Type;
        if (attributes.Integers("keys_int64s") is { Length: > 0 } integers) return integers;
        if (attributes.Floats("keys_floats") is { Length: > 0 } floats) return [.. floats.Select(value => ForestTables.KeyOf(type, value))];
        if (attributes.Tensor("keys_tensor") is { Type: not ElementType.String } tensor)
        {
            Require(tensor.Type.IsFloat == type.IsFloat, $"keys_tensor: expected {type}, got {tensor.Type}");
            return [.. Enumerable.Range(0, tensor.Shape.Count).Select(i => tensor.Type.IsFloat ? ForestTables.KeyOf(type, tensor.NumberAt(i)) : tensor.IntegerAt(i))];
        }
        IReadOnlyList<string> labels = input.Labels ?? throw new OnnxException(OnnxError.String, $"input {input.Name} is not known to be text");
        return [.. TextKeys(attributes).Select(text => (long)labels.ToList().IndexOf(text))];
    }

    static IReadOnlyList<string> TextKeys(NodeAttributes attributes) =>
        attributes.Tensor("keys_tensor")?.Strings ?? attributes.Texts("keys_strings") ?? throw OnnxException.Malformed("keys are missing");

    static (Tensor Values, Tensor Default, string[]? Labels) Values(NodeAttributes attributes)
    {
        Tensor? absent = attributes.Tensor("default_tensor");
        if (attributes.Integers("values_int64s") is { Length: > 0 } integers)
            return (Tensor.Of<long>(ElementType.Int64, new(integers.Length), integers), Tensor.Of<long>(ElementType.Int64, new(1), attributes.Integer("default_int64", -1)), null);
        if (attributes.Floats("values_floats") is { Length: > 0 } floats)
            return (Tensor.Of<float>(ElementType.Float32, new(floats.Length), floats), Tensor.Of<float>(ElementType.Float32, new(1), attributes.Float("default_float", -0f)), null);
        if (attributes.Tensor("values_tensor") is { Type: not ElementType.String } tensor)
            return (tensor, absent ?? new Tensor(tensor.Type, new(1), Filled(tensor.Type)), null);
        IReadOnlyList<string> texts = attributes.Tensor("values_tensor")?.Strings ?? attributes.Texts("values_strings") ?? throw OnnxException.Malformed("values are missing");
        string missing = absent is { Type: ElementType.String, Strings: [var text] } ? text : attributes.Text("default_string", "_Unused");
        return (Tensor.Of<long>(ElementType.Int64, new(texts.Count), [.. Enumerable.Range(0, texts.Count).Select(i => (long)i)]), Tensor.Of<long>(ElementType.Int64, new(1), texts.Count), [.. texts, missing]);
    }

    // The default of an integer is −1, that of a float −0.
    static byte[] Filled(ElementType type)
    {
        byte[] bytes = new byte[type.Memory.ElementBytes];
        if (type.IsFloat) bytes[^1] = 0x80;
        else Array.Fill(bytes, byte.MaxValue);
        return bytes;
    }

    static Tensor Reordered(Tensor values, int[] order)
    {
        int size = values.Type.Memory.ElementBytes;
        byte[] bytes = new byte[order.Length * size];
        for (int i = 0; i < order.Length; i++) values.Data.Slice(order[i] * size, size).CopyTo(bytes.AsSpan(i * size));
        return new(values.Type, new(order.Length), bytes);
    }

    static void FoldText(InferenceContext context, Tensor known)
    {
        IReadOnlyList<string> keys = TextKeys(context.Attributes);
        (Tensor values, Tensor absent, string[]? labels) = Values(context.Attributes);
        Require(keys.Count == values.Shape.Count && absent.Type == values.Type && absent.Shape.Count == 1, $"expected as many values as keys, got {values.Shape.Count} and {keys.Count}");
        int size = values.Type.Memory.ElementBytes;
        byte[] bytes = new byte[known.Shape.Count * size];
        // Of equal keys the last one counts.
        Dictionary<string, int> places = [];
        for (int i = 0; i < keys.Count; i++) places[keys[i]] = i;
        for (int i = 0; i < known.Shape.Count; i++)
            (places.TryGetValue(known.Strings[i], out int place) ? values.Data.Slice(place * size, size) : absent.Data).CopyTo(bytes.AsSpan(i * size));
        context.SetConstant(0, new(values.Type, known.Shape, bytes));
        context.SetLabels(0, labels);
    }
}

/// <summary>
/// Scores by class name: ONNX makes a sequence of maps of it, the guest keeps the tensor [rows × classes], and <see cref="Value.Labels"/> names
/// the columns.
/// </summary>
internal sealed class ZipMap : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 1, 2);
        ClassLabels labels = ClassLabels.Read(context.Attributes, "classlabels_int64s", "classlabels_strings");
        Require(labels.Count == x[^1], $"class labels: expected one for each of {x[^1]} columns, got {labels.Count}");
        context.SetOutput(0, context.Numeric(0), x);
        context.SetLabels(0, labels.Names);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        context.Code.For("i", 0, x.Shape.Count, i => context.Store(y, i, context.Load(x, i)));
    }
}
