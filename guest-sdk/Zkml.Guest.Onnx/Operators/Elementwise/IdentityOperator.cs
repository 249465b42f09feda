using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>Identity: a copy.</summary>
public sealed class IdentityOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        context.SetOutput(0, context.TypeOf(0, ElementKinds.Any), context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView output = context.Output(0);
        StridedLoop.Copy(context, output.Shape.Dimensions, StridedOperand.Of(context.Input(0)), output, output.Shape.Strides());
    }
}

/// <summary>Dropout in inference, or with a ratio of 0: a copy, and a mask of ones.</summary>
public sealed class DropoutOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, context.Version < 12 ? 1 : 3);
        ElementType type = context.TypeOf(0, ElementKinds.Float);
        if (context.HasInput(2) && Truth(context.ConstantOf(2)) && !IsZero(context))
            throw new OnnxException(OnnxError.Training, "Dropout in training mode");
        context.SetOutput(0, type, context.ShapeOf(0));
        context.SetOutput(1, context.Version < 10 ? type : ElementType.Bool, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView output = context.Output(0);
        StridedLoop.Copy(context, output.Shape.Dimensions, StridedOperand.Of(context.Input(0)), output, output.Shape.Strides());
        if (!context.HasOutput(1)) return;
        TensorView mask = context.Output(1);
        StridedLoop.Map(context, mask, [], _ => ElementMath.Constant(mask.Type, 1));
    }

    static bool Truth(Tensor tensor) => tensor is { Type: ElementType.Bool, Shape.Count: 1 }
        ? tensor.IntegerAt(0) != 0
        : throw OnnxException.Malformed($"input 2: expected a bool, got {tensor}");

    static bool IsZero(InferenceContext context) => context.HasInput(1) && InferenceChecks.NumberOf(context.ConstantOf(1)) == 0;
}
