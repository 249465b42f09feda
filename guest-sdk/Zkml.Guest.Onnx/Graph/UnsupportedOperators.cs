namespace Zkml.Guest.Onnx.Graph;

/// <summary>Why an operator that the table does not have is not there.</summary>
public static class UnsupportedOperators
{
    static readonly Dictionary<string, OnnxError> s_reasons = Reasons();

    /// <summary>The error for an operator that is not in the table.</summary>
    public static OnnxException Error(string domain, string type)
    {
        string name = domain.Length == 0 ? type : $"{domain}.{type}";
        OnnxError reason = Reason(domain, type);
        return new(reason, reason switch
        {
            OnnxError.DynamicShape => $"the shape of {name}'s result depends on the values of its input",
            OnnxError.String => $"{name} computes text",
            OnnxError.Sequence => $"{name} works on sequences",
            OnnxError.Optional => $"{name} works on optional values",
            OnnxError.Training => $"{name} is an operator of training",
            OnnxError.Random => $"{name} draws random numbers",
            _ => $"operator {name} is not supported",
        });
    }

    /// <summary>The reason alone.</summary>
    public static OnnxError Reason(string domain, string type) =>
        domain == "ai.onnx.preview.training" ? OnnxError.Training
        : domain.Length == 0 || domain == "ai.onnx.ml" ? s_reasons.GetValueOrDefault(type, OnnxError.OperatorNotListed)
        : OnnxError.OperatorNotListed;

    static Dictionary<string, OnnxError> Reasons()
    {
        (OnnxError Reason, string[] Types)[] groups =
        [
            (OnnxError.DynamicShape, ["NonZero", "Unique", "Compress", "NonMaxSuppression"]),
            (OnnxError.String, ["StringConcat", "StringNormalizer", "StringSplit", "RegexFullMatch", "CategoryMapper", "DictVectorizer"]),
            (OnnxError.Sequence, ["SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap", "SplitToSequence", "ConcatFromSequence", "CastMap"]),
            (OnnxError.Optional, ["Optional", "OptionalGetElement", "OptionalHasElement"]),
            (OnnxError.Training, ["Gradient", "Adagrad", "Adam", "Momentum"]),
            (OnnxError.Random, ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"]),
        ];
        return groups.SelectMany(group => group.Types.Select(type => (type, group.Reason))).ToDictionary(entry => entry.type, entry => entry.Reason);
    }
}
