namespace Zkml.Hashing.Tests;

public unsafe class LaneTranspositionTests
{
    [TestCase(16)]
    [TestCase(48)]
    public void Transpose_AnyStride_MovesEveryWord(int stride)
    {
        uint[] source = [.. Enumerable.Range(0, 16 * stride).Select(word => (uint)word * 2654435761u)];
        uint[] fast = new uint[256], reference = new uint[256];
        fixed (uint* from = source, to = fast, toReference = reference)
        {
            LaneTransposition.Transpose(from, stride, to);
            LaneTransposition.TransposeScalar(from, stride, toReference);
        }
        for (int row = 0; row < 16; row++)
            for (int column = 0; column < 16; column++)
                Assert.That(fast[16 * column + row], Is.EqualTo(source[row * stride + column]), $"row {row}, column {column}");
        Assert.That(reference, Is.EqualTo(fast));
    }
}
