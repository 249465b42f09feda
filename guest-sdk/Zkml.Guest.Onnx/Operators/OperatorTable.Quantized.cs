using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Operators;

public static partial class OperatorTable
{
    const string MicrosoftDomain = "com.microsoft";

    static partial void AddQuantized(Dictionary<(string Domain, string Type), Operator> table)
    {
        foreach (string domain in (string[])["", MicrosoftDomain])
        {
            table.Add((domain, "QuantizeLinear"), new QuantizeLinear());
            table.Add((domain, "DequantizeLinear"), new DequantizeLinear());
            table.Add((domain, "QLinearConv"), new QLinearConv());
        }
        table.Add(("", "DynamicQuantizeLinear"), new DynamicQuantizeLinear());
        table.Add(("", "ConvInteger"), new ConvInteger());
        table.Add(("", "QLinearMatMul"), new QLinearMatMul());
        table.Add(("", "MatMulInteger"), new MatMulInteger());
        table.Add((MicrosoftDomain, "QGemm"), new QGemm());
        table.Add((MicrosoftDomain, "MatMulIntegerToFloat"), new MatMulIntegerToFloat());
        table.Add((MicrosoftDomain, "DynamicQuantizeMatMul"), new DynamicQuantizeMatMul());
        table.Add((MicrosoftDomain, "QLinearAdd"), new QLinearAdd());
        table.Add((MicrosoftDomain, "QLinearMul"), new QLinearMul());
        table.Add((MicrosoftDomain, "QLinearSigmoid"), new QLinearSigmoid());
        table.Add((MicrosoftDomain, "QLinearLeakyRelu"), new QLinearLeakyRelu());
        table.Add((MicrosoftDomain, "QLinearSoftmax"), new QLinearSoftmax());
        table.Add((MicrosoftDomain, "QLinearConcat"), new QLinearConcat());
        table.Add((MicrosoftDomain, "QLinearWhere"), new QLinearWhere());
        table.Add((MicrosoftDomain, "QLinearGlobalAveragePool"), new QLinearGlobalAveragePool());
        table.Add((MicrosoftDomain, "QLinearAveragePool"), new QLinearAveragePool());
        table.Add((Lookup.Domain, "Lookup"), new Lookup());
    }
}
