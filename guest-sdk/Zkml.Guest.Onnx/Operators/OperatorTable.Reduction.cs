using Zkml.Guest.Onnx.Operators.Reduction;

namespace Zkml.Guest.Onnx.Operators;

public static partial class OperatorTable
{
    static void AddReductions(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "ReduceSum")] = new ReduceOperator(ReductionKind.Sum);
        table[("", "ReduceMean")] = new ReduceOperator(ReductionKind.Mean);
        table[("", "ReduceProd")] = new ReduceOperator(ReductionKind.Product);
        table[("", "ReduceMax")] = new ReduceOperator(ReductionKind.Max);
        table[("", "ReduceMin")] = new ReduceOperator(ReductionKind.Min);
        table[("", "ReduceL1")] = new ReduceOperator(ReductionKind.L1);
        table[("", "ReduceL2")] = new ReduceOperator(ReductionKind.L2);
        table[("", "ReduceLogSum")] = new ReduceOperator(ReductionKind.LogSum);
        table[("", "ReduceLogSumExp")] = new ReduceOperator(ReductionKind.LogSumExp);
        table[("", "ReduceSumSquare")] = new ReduceOperator(ReductionKind.SumSquare);
        table[("", "ArgMax")] = new ArgumentOperator(isMax: true);
        table[("", "ArgMin")] = new ArgumentOperator(isMax: false);
        table[("", "Hardmax")] = new HardmaxOperator();
    }
}
