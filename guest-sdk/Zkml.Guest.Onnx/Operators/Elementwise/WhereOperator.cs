using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>Where: condition ? x : y, all three broadcast to each other.</summary>
public sealed class WhereOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(3, 3);
        context.TypeOf(0, ElementKinds.Bool);
        ElementType type = context.TypeOf(1, ElementKinds.Any);
        context.RequireSameType(1, 2);
        context.SetOutput(0, type, context.BroadcastOf(0, 1, 2));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context) => StridedLoop.Map(context, context.Output(0).AsBits(),
        [context.Input(0), context.Input(1).AsBits(), context.Input(2).AsBits()], values => Expression.Select(values[0], values[1], values[2]), isShort: true);
}
