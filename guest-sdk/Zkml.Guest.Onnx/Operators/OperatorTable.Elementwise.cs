using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Onnx.Operators.Elementwise;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators;

public static partial class OperatorTable
{
    static partial void AddElementwise(Dictionary<(string Domain, string Type), Operator> table)
    {
        AddFloatFunctions(table);
        AddUnary(table);
        AddActivations(table);
        AddBinary(table);
        AddReductions(table);
        table[("", "Sum")] = new VariadicOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Add(t, x, y));
        table[("", "Mean")] = new VariadicOperator(ElementKinds.Float, (c, t, x, y) => c.Math.Add(t, x, y), isMean: true);
        table[("", "Min")] = new VariadicOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Min(t, x, y));
        table[("", "Max")] = new VariadicOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Max(t, x, y));
        table[("", "Clip")] = new ClipOperator();
        table[("", "Where")] = new WhereOperator();
        table[("", "Pow")] = new PowOperator();
        table[("", "Cast")] = new CastOperator(isLike: false);
        table[("", "CastLike")] = new CastOperator(isLike: true);
        table[("", "BitCast")] = new BitCastOperator();
        table[("", "Identity")] = new IdentityOperator();
        table[("", "Dropout")] = new DropoutOperator();
        table[("", "Constant")] = new ConstantOperator();
        table[("", "ConstantOfShape")] = new ConstantOfShapeOperator();
        table[("", "EyeLike")] = new EyeLikeOperator();
        table[("", "Range")] = new RangeOperator();
        table[("", "CumSum")] = new CumulativeOperator(isProduct: false);
        table[("", "CumProd")] = new CumulativeOperator(isProduct: true);
        table[("", "Trilu")] = new TriluOperator();
    }

    static void AddFloatFunctions(Dictionary<(string Domain, string Type), Operator> table)
    {
        ReadOnlySpan<(string Name, FloatOperation Operation)> functions =
        [
            ("Sqrt", FloatOperation.SquareRoot), ("Exp", FloatOperation.Exp), ("Log", FloatOperation.Log), ("Erf", FloatOperation.Erf),
            ("Sin", FloatOperation.Sin), ("Cos", FloatOperation.Cos), ("Tan", FloatOperation.Tan),
            ("Asin", FloatOperation.Asin), ("Acos", FloatOperation.Acos), ("Atan", FloatOperation.Atan),
            ("Sinh", FloatOperation.Sinh), ("Cosh", FloatOperation.Cosh), ("Tanh", FloatOperation.Tanh),
            ("Asinh", FloatOperation.Asinh), ("Acosh", FloatOperation.Acosh), ("Atanh", FloatOperation.Atanh),
            ("Ceil", FloatOperation.Ceiling), ("Floor", FloatOperation.Floor), ("Round", FloatOperation.RoundToEven),
        ];
        foreach ((string name, FloatOperation operation) in functions)
            table[("", name)] = new UnaryOperator(ElementKinds.Float, (_, type, value) => ElementMath.Float(operation, type, value));
    }

    static void AddUnary(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "Neg")] = new UnaryOperator(ElementKinds.Float | ElementKinds.Signed, (_, t, x) => ElementMath.Negate(t, x), isShort: true);
        table[("", "Abs")] = new UnaryOperator(ElementKinds.Number, (c, t, x) => c.Math.Abs(t, x), isShort: true);
        table[("", "Sign")] = new UnaryOperator(ElementKinds.Number, (c, t, x) => c.Math.Sign(t, x));
        table[("", "Reciprocal")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Reciprocal(t, x));
        table[("", "Not")] = new UnaryOperator(ElementKinds.Bool, (_, t, x) => ElementMath.Not(t, x));
        table[("", "BitwiseNot")] = new UnaryOperator(ElementKinds.Integer, (_, t, x) => ElementMath.Not(t, x));
        table[("", "IsNaN")] = new UnaryOperator(ElementKinds.Float, (_, t, x) => ElementMath.IsNaN(t, x), isPredicate: true, isShort: true);
        table[("", "IsInf")] = new UnaryOperator(ElementKinds.Float, (c, t, x) =>
            c.Math.IsInfinite(t, x, c.Attributes.Flag("detect_positive", true), c.Attributes.Flag("detect_negative", true)), isPredicate: true);
    }

    static void AddActivations(Dictionary<(string Domain, string Type), Operator> table)
    {
        static Expression Attribute(LoweringContext context, ElementType type, string name, float absent) =>
            ElementMath.Constant(type, context.Attributes.Float(name, absent));
        table[("", "Relu")] = new UnaryOperator(ElementKinds.Float | ElementKinds.Signed, (c, t, x) => c.Math.Relu(t, x), isShort: true);
        table[("", "LeakyRelu")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.LeakyRelu(t, x, Attribute(c, t, "alpha", 0.01f)));
        table[("", "ThresholdedRelu")] = new UnaryOperator(ElementKinds.Float, (c, t, x) =>
        {
            x = c.Math.Once(x);
            return Expression.Select(c.Math.Less(t, Attribute(c, t, "alpha", 1), x), x, ElementMath.Constant(t, 0));
        });
        table[("", "Elu")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Elu(t, x, c.Attributes.Float("alpha", 1)));
        table[("", "Celu")] = new UnaryOperator(ElementKinds.Float, (c, t, x) =>
            c.Math.Elu(t, x, c.Attributes.Float("alpha", 1), c.Attributes.Float("alpha", 1)));
        table[("", "Selu")] = new UnaryOperator(ElementKinds.Float, (c, t, x) =>
            c.Math.Multiply(t, c.Math.Elu(t, x, c.Attributes.Float("alpha", 1.67326319217681884765625f)), Attribute(c, t, "gamma", 1.05070102214813232421875f)));
        table[("", "Gelu")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Gelu(t, x, c.Attributes.Text("approximate", "none") == "tanh"));
        table[("", "Mish")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Mish(t, x));
        table[("", "Softplus")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Softplus(t, x));
        table[("", "Softsign")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Softsign(t, x));
        table[("", "Sigmoid")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Sigmoid(t, x));
        table[("", "HardSigmoid")] = new UnaryOperator(ElementKinds.Float, (c, t, x) =>
            c.Math.HardSigmoid(t, x, c.Attributes.Float("alpha", 0.2f), c.Attributes.Float("beta", 0.5f)));
        table[("", "HardSwish")] = new UnaryOperator(ElementKinds.Float, (c, t, x) =>
        {
            x = c.Math.Once(x);
            return c.Math.Multiply(t, x, c.Math.HardSigmoid(t, x, 1.0 / 6, 0.5));
        });
        table[("", "Swish")] = new UnaryOperator(ElementKinds.Float, (c, t, x) => c.Math.Swish(t, x, c.Attributes.Float("alpha", 1)));
        table[("", "Shrink")] = new UnaryOperator(ElementKinds.Number, (c, t, x) =>
            c.Math.Shrink(t, x, c.Attributes.Float("bias", 0), c.Attributes.Float("lambd", 0.5f)));
        table[("", "SwiGLU")] = new BinaryOperator(ElementKinds.Float, (c, t, x, y) =>
            c.Math.Multiply(t, c.Math.Swish(t, x, c.Attributes.Float("alpha", 1)), y), isOneSided: true);
        table[("", "PRelu")] = new BinaryOperator(ElementKinds.Number, (c, t, x, slope) => c.Math.LeakyRelu(t, x, slope), isOneSided: true);
    }

    static void AddBinary(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "Add")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Add(t, x, y));
        table[("", "Sub")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Subtract(t, x, y));
        table[("", "Mul")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Multiply(t, x, y));
        table[("", "Div")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Divide(t, x, y));
        table[("", "Mod")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) =>
            c.Attributes.Flag("fmod") ? c.Math.Remainder(t, x, y) : c.Math.Modulo(t, x, y));
        table[("", "Equal")] = new BinaryOperator(ElementKinds.Any, (c, t, x, y) => c.Math.Equal(t, x, y), isPredicate: true);
        table[("", "Less")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Less(t, x, y), isPredicate: true);
        table[("", "LessOrEqual")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.LessOrEqual(t, x, y), isPredicate: true);
        table[("", "Greater")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.Less(t, y, x), isPredicate: true);
        table[("", "GreaterOrEqual")] = new BinaryOperator(ElementKinds.Number, (c, t, x, y) => c.Math.LessOrEqual(t, y, x), isPredicate: true);
        table[("", "And")] = new BinaryOperator(ElementKinds.Bool, (_, _, x, y) => x & y, isPredicate: true);
        table[("", "Or")] = new BinaryOperator(ElementKinds.Bool, (_, _, x, y) => x | y, isPredicate: true);
        table[("", "Xor")] = new BinaryOperator(ElementKinds.Bool, (_, _, x, y) => x ^ y, isPredicate: true);
        table[("", "BitwiseAnd")] = new BinaryOperator(ElementKinds.Integer, (_, _, x, y) => x & y);
        table[("", "BitwiseOr")] = new BinaryOperator(ElementKinds.Integer, (_, _, x, y) => x | y);
        table[("", "BitwiseXor")] = new BinaryOperator(ElementKinds.Integer, (_, _, x, y) => x ^ y);
        table[("", "BitShift")] = new BinaryOperator(ElementKinds.Unsigned, (c, t, x, y) => c.Attributes.Text("direction", "") switch
        {
            "LEFT" => c.Math.ShiftLeft(t, x, y),
            "RIGHT" => c.Math.ShiftRight(t, x, y),
            string direction => throw OnnxException.Malformed($"attribute direction: expected LEFT or RIGHT, got {direction}"),
        });
    }
}
