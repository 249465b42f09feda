using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>What a unary operator makes of one value in register form; attributes come from the context.</summary>
public delegate Expression UnaryFunction(LoweringContext context, ElementType type, Expression value);

/// <summary>
/// An operator that computes each output element from the input element at its place. A predicate's output is bool.
/// <paramref name="isShort"/>: a few instructions for floats too.
/// </summary>
public sealed class UnaryOperator(ElementKinds kinds, UnaryFunction compute, bool isPredicate = false, bool isShort = false) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        ElementType type = context.TypeOf(0, kinds);
        context.SetOutput(0, isPredicate ? ElementType.Bool : type, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0);
        StridedLoop.Map(context, context.Output(0), [input], values => compute(context, input.Type, values[0]), isShort || !input.Type.IsFloat);
    }
}
