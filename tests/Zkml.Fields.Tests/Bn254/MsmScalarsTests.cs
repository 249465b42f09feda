using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

sealed unsafe class MsmScalarsTests
{
    [Test]
    public void Digits_EveryWidth_SumToTheScalar()
    {
        var random = new Random(1);
        ulong* words = stackalloc ulong[4];
        for (int bits = 2; bits <= 20; bits++)
        {
            for (int i = 0; i < 60; i++)
            {
                Fr element = NextFr(random);
                bool isOpposite = new MsmScalars((ulong*)&element, isMontgomery: true).ReadBalanced(0, new Span<ulong>(words, 4));
                BigInteger magnitude = FromLimbs(new ReadOnlySpan<ulong>(words, 4)), expected = isOpposite ? -magnitude : magnitude;
                Assert.That(((expected % R) + R) % R, Is.EqualTo(ToInteger(element)));
                Assert.That(magnitude, Is.LessThanOrEqualTo(R / 2));

                var digits = new MsmDigits(bits, (int)magnitude.GetBitLength());
                digits.AddOffsets(words);
                if (isOpposite)
                    words[3] |= MsmDigits.SignBit;
                BigInteger sum = 0;
                for (int window = digits.WindowCount - 1; window >= 0; window--)
                {
                    int digit = digits.Digit(words, window), copied;
                    digits.CopyDigits(words, 1, window, &copied);
                    Assert.That(copied, Is.EqualTo(digit));
                    Assert.That(Math.Abs(digit), Is.LessThanOrEqualTo(digits.BucketCount));
                    sum = (sum << bits) + digit;
                }

                Assert.That(sum, Is.EqualTo(expected), $"{bits} bits");
            }
        }
    }

    [Test]
    public void ReadBalanced_NotBelowR_Throws()
    {
        foreach (BigInteger value in (BigInteger[])[R, R + 1, (BigInteger.One << 256) - 1, R + (BigInteger.One << 64)])
        {
            byte[] bytes = LittleEndian(value);
            var magnitude = new ulong[4];
            Assert.That(
                () =>
                {
                    fixed (byte* raw = bytes)
                        new MsmScalars((ulong*)raw, isMontgomery: false).ReadBalanced(0, magnitude);
                },
                Throws.ArgumentException);
        }
    }
}
