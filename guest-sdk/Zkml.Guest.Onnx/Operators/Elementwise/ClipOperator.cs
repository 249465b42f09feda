using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>Clip: min(max(x, low), high). Before opset 11 the bounds are attributes, since then optional scalars.</summary>
public sealed class ClipOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, context.Version < 11 ? 1 : 3);
        ElementType type = context.TypeOf(0, ElementKinds.Number);
        for (int i = 1; i < 3; i++)
        {
            if (!context.HasInput(i)) continue;
            context.RequireSameType(0, i);
            if (context.ShapeOf(i).Count != 1) throw OnnxException.Malformed($"input {i}: expected a scalar, got {context.ShapeOf(i)}");
        }
        context.SetOutput(0, type, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView output = context.Output(0);
        Expression? Attribute(string name) =>
            context.Attributes.Has(name) ? ElementMath.Constant(output.Type, context.Attributes.Float(name, 0)) : null;
        List<TensorView> inputs = [context.Input(0)];
        int low = Add(1), high = Add(2);
        StridedLoop.Map(context, output, [.. inputs], values => context.Version < 11
            ? context.Math.Clamp(output.Type, values[0], Attribute("min"), Attribute("max"))
            : context.Math.Clamp(output.Type, values[0], low < 0 ? null : values[low], high < 0 ? null : values[high]));

        int Add(int index)
        {
            if (!context.HasInput(index)) return -1;
            inputs.Add(context.Input(index) with { Shape = Shape.Scalar });
            return inputs.Count - 1;
        }
    }
}
