using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>What a binary operator makes of two values of one type in register form.</summary>
public delegate Expression BinaryFunction(LoweringContext context, ElementType type, Expression left, Expression right);

/// <summary>An operator on two tensors of one type that broadcast to each other. A predicate's output is bool.</summary>
public sealed class BinaryOperator(ElementKinds kinds, BinaryFunction compute, bool isPredicate = false, bool isOneSided = false) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, kinds);
        context.RequireSameType(0, 1);
        Shape shape = context.BroadcastOf(0, 1);
        if (isOneSided && !shape.Equals(context.ShapeOf(0)))
            throw OnnxException.Malformed($"input 1: expected a shape that broadcasts to {context.ShapeOf(0)}, got {context.ShapeOf(1)}");
        context.SetOutput(0, isPredicate ? ElementType.Bool : type, shape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView left = context.Input(0), right = context.Input(1);
        StridedLoop.Map(context, context.Output(0), [left, right], values => compute(context, left.Type, values[0], values[1]), isShort: !left.Type.IsFloat);
    }
}
