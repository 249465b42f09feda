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
        table[(MachineLearningDomain, "LinearClassifier")] = new LinearClassifier();
        table[(MachineLearningDomain, "LinearRegressor")] = new LinearRegressor();
        table[(MachineLearningDomain, "SVMClassifier")] = new SvmClassifier();
        table[(MachineLearningDomain, "SVMRegressor")] = new SvmRegressor();
        table[(MachineLearningDomain, "Scaler")] = new Scaler();
        table[(MachineLearningDomain, "Normalizer")] = new Normalizer();
        table[(MachineLearningDomain, "Binarizer")] = new Binarizer();
        table[(MachineLearningDomain, "Imputer")] = new Imputer();
        table[(MachineLearningDomain, "FeatureVectorizer")] = new FeatureVectorizer();
        table[(MachineLearningDomain, "ArrayFeatureExtractor")] = new ArrayFeatureExtractor();
        table[(MachineLearningDomain, "OneHotEncoder")] = new OneHotEncoder();
        table[(MachineLearningDomain, "LabelEncoder")] = new LabelEncoder();
        table[(MachineLearningDomain, "ZipMap")] = new ZipMap();
    }
}
