using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>Min, Max, Sum and Mean: one or more tensors of one type, broadcast to each other and combined from left to right.</summary>
public sealed class VariadicOperator(ElementKinds kinds, BinaryFunction combine, bool isMean = false) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, int.MaxValue);
        ElementType type = context.TypeOf(0, kinds);
        for (int i = 1; i < context.InputCount; i++) context.RequireSameType(0, i);
        context.SetOutput(0, type, context.BroadcastOf([.. Enumerable.Range(0, context.InputCount)]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView output = context.Output(0);
        TensorView[] inputs = [.. Enumerable.Range(0, context.InputCount).Select(context.Input)];
        StridedLoop.Map(context, output, inputs, values =>
        {
            Expression result = values[0];
            for (int i = 1; i < inputs.Length; i++) result = combine(context, output.Type, result, values[i]);
            return isMean && inputs.Length > 1
                ? context.Math.Divide(output.Type, result, ElementMath.Constant(output.Type, (double)inputs.Length))
                : result;
        });
    }
}
