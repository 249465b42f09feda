using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Sdk.Inference;

/// <summary>Inputs to try a model with where nobody gives real ones.</summary>
public static class RandomInputs
{
    /// <summary>
    /// One tensor for each input. Where the host quantises, any code of the guest's type; other floats in [0, 1); integers 0 or 1, because
    /// they are mostly indices into tables of unknown size; bools of either value.
    /// </summary>
    public static Tensor[] Draw(ModelContract contract, Random random) => [.. contract.Inputs.Select(input => Draw(input, random))];

    static Tensor Draw(BoundTensor bound, Random random)
    {
        string[] numbers = new string[bound.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            double number = bound.IsQuantized ? (Code(bound.GuestType, random) - bound.ZeroPoint) * bound.Scale : bound.Type.IsFloat ? random.NextDouble() : random.Next(2);
            numbers[i] = number.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        }
        return BoundValues.Parse(bound, numbers);
    }

    static int Code(ElementType type, Random random) => type.IsSigned ? random.Next(1 << type.Bits) - (1 << (type.Bits - 1)) : random.Next(1 << type.Bits);
}
