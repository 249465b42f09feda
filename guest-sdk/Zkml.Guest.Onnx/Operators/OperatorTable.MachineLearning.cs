using Zkml.Guest.Onnx.Operators.MachineLearning;

namespace Zkml.Guest.Onnx.Operators;

public static partial class OperatorTable
{
    const string MachineLearningDomain = "ai.onnx.ml";

    static partial void AddMachineLearning(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[(MachineLearningDomain, "TreeEnsembleClassifier")] = new TreeEnsembleClassifier();
        table[(MachineLearningDomain, "TreeEnsembleRegressor")] = new TreeEnsembleRegressor(isGeneral: false);
        table[(MachineLearningDomain, "TreeEnsemble")] = new TreeEnsembleRegressor(isGeneral: true);
    }
}
