using System.Runtime.CompilerServices;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Conditions on the inputs of a node. Each throws <see cref="OnnxException"/> with what was expected and what was found.</summary>
internal static class Checks
{
    /// <summary>Throws <see cref="OnnxError.Malformed"/> unless the condition holds; the message is formatted only then.</summary>
    public static void Require(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] RequirementMessage message)
    {
        if (!condition) throw OnnxException.Malformed(message.Text);
    }

    /// <inheritdoc cref="InferenceChecks.Axis"/>
    public static int Axis(long axis, int rank, string name = "axis") => InferenceChecks.Axis(axis, rank, name);

    /// <inheritdoc cref="InferenceChecks.ShapeOf"/>
    public static Shape ShapeOf(params ReadOnlySpan<long> extents) => InferenceChecks.ShapeOf(extents);

    /// <summary>One of the texts that an attribute may have.</summary>
    public static string OneOf(this NodeAttributes attributes, string name, string absent, params ReadOnlySpan<string> allowed)
    {
        string text = attributes.Text(name, absent);
        if (!allowed.Contains(text)) throw OnnxException.Malformed($"{name}: expected {string.Join(", ", allowed.ToArray())}, got \"{text}\"");
        return text;
    }

    extension(InferenceContext context)
    {
        /// <summary>The shape of an input whose rank lies in a range.</summary>
        public Shape Ranked(int index, int lowest, int highest = int.MaxValue)
        {
            Shape shape = context.ShapeOf(index);
            Require(shape.Rank >= lowest && shape.Rank <= highest,
                $"input {index}: expected rank {lowest}{(highest == lowest ? "" : highest == int.MaxValue ? " or more" : $" to {highest}")}, got {shape}");
            return shape;
        }

        /// <summary>The element type of an input that must be a float.</summary>
        public ElementType Float(int index)
        {
            ElementType type = context.TypeOf(index);
            Require(type.IsFloat, $"input {index}: expected a float type, got {type}");
            return type;
        }

        /// <summary>The element type of an input that must be a number.</summary>
        public ElementType Numeric(int index)
        {
            ElementType type = context.TypeOf(index);
            Require(type.IsFloat || type.IsInteger, $"input {index}: expected a numeric type, got {type}");
            return type;
        }

        /// <summary>Requires all inputs that are present to have one type.</summary>
        public void SameType(params ReadOnlySpan<int> indices)
        {
            foreach (int index in indices)
                if (context.HasInput(index))
                    Require(context.TypeOf(index) == context.TypeOf(indices[0]), $"input {index}: expected {context.TypeOf(indices[0])} like input {indices[0]}, got {context.TypeOf(index)}");
        }

        /// <summary>Requires an input, if it is present, to have exactly these extents.</summary>
        public void Shaped(int index, params ReadOnlySpan<int> extents)
        {
            if (context.HasInput(index)) Require(context.ShapeOf(index).Dimensions.SequenceEqual(extents), $"input {index}: expected {new Shape(extents)}, got {context.ShapeOf(index)}");
        }
    }
}

/// <summary>The message of a condition, built only where the condition fails.</summary>
[InterpolatedStringHandler]
internal ref struct RequirementMessage
{
    DefaultInterpolatedStringHandler _text;
    readonly bool _isNeeded;

    /// <summary>Called by the compiler.</summary>
    public RequirementMessage(int literalLength, int formattedCount, bool condition, out bool isNeeded)
    {
        isNeeded = _isNeeded = !condition;
        _text = isNeeded ? new(literalLength, formattedCount) : default;
    }

    /// <summary>The text; empty where it is not needed.</summary>
    public string Text => _isNeeded ? _text.ToStringAndClear() : "";

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
}
