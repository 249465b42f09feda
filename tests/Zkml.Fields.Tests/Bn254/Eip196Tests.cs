using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>Sums and multiples of EIP-196. Source: go-ethereum, core/vm/testdata/precompiles, bn256Add.json and bn256ScalarMul.json.</summary>
sealed class Eip196Tests
{
    const string Infinity = "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
    const string Generator = "00000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000002";
    const string Doubled = "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd315ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4";
    const string A = "18b18acfb4c2c30276db5411368e7185b311dd124691610c5d3b74034e093dc9063c909c4720840cb5134cb9f59fa749755796819658d32efc0d288198f37266";
    const string B = "07c2b7f58a84bd6145f00c9c2bc0bb1a187f20ff2c92963a88019e7c6a014eed06614e20c147e940f2d70da3f74c9a17df361706a4485c742bd6788478fa17d7";
    const string AB = "2243525c5efd4b9c3d3c45ac0ca3fe4dd85e830a4ce6b65fa1eeaee202839703301d1d33be6da8e509df21cc35964723180eed7532537db9ae5e7d48f195c915";
    const string AAB = "2bd3e6d0f3b142924f5ca7b49ce5b9d54c4703d7ae5648e61d02268b1a0a9fb721611ce0a6af85915e2f1d70300909ce2e49dfad4a4619c8390cae66cefdb204";
    const string C = "17c139df0efee0f766bc0204762b774362e4ded88953a39ce849a8a7fa163fa901e0559bacb160664764a357af8a9fe70baa9258e0b959273ffc5718c6d4cc7c";
    const string D = "039730ea8dff1254c0fee9c0ea777d29a9c710b7e616683f194f18c43b43b869073a5ffcc6fc7a28c30723d6e58ce577356982d65b833a5a5c15bf9024b43d98";
    const string CD = "15bf2bb17880144b5d1cd2b1f46eff9d617bffd1ca57c37fb5a49bd84e53cf66049c797f9ce0d17083deb32b5e36f2ea2a212ee036598dd7624c168993d1355f";
    const string MinusC = "17c139df0efee0f766bc0204762b774362e4ded88953a39ce849a8a7fa163fa92e83f8d734803fc370eba25ed1f6b8768bd6d83887b87165fc2434fe11a830cb";
    const string E = "1a87b0584ce92f4593d161480614f2989035225609f08058ccfa3d0f940febe31a2f3c951f6dadcc7ee9007dff81504b0fcd6d7cf59996efdc33d92bf7f9f8f6";

    [TestCase(A, B, AB)]
    [TestCase(AB, A, AAB)]
    [TestCase(Infinity, Infinity, Infinity)]
    [TestCase(Infinity, Generator, Generator)]
    [TestCase(Generator, Infinity, Generator)]
    [TestCase(Generator, Generator, Doubled)]
    [TestCase(C, D, CD)]
    [TestCase(C, MinusC, Infinity)]
    public void Sum_GoEthereumVector_IsEqual(string left, string right, string expected)
    {
        Assert.That(Encode(Decode(left).ToJacobian() + Decode(right).ToJacobian()), Is.EqualTo(expected));
        Assert.That(Encode(Decode(left).ToJacobian() + Decode(right)), Is.EqualTo(expected));
    }

    [TestCase(AAB, "00000000000000000000000000000000000000000000000011138ce750fa15c2",
        "070a8d6a982153cae4be29d434e8faef8a47b274a053f5a4ee2a6c9c13c31e5c031b8ce914eba3a9ffb989f9cdd5b0f01943074bf4f0f315690ec3cec6981afc")]
    [TestCase("070a8d6a982153cae4be29d434e8faef8a47b274a053f5a4ee2a6c9c13c31e5c031b8ce914eba3a9ffb989f9cdd5b0f01943074bf4f0f315690ec3cec6981afc",
        "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd46",
        "025a6f4181d2b4ea8b724290ffb40156eb0adb514c688556eb79cdea0752c2bb2eff3f31dea215f1eb86023a133a996eb6300b44da664d64251d05381bb8a02e")]
    [TestCase("025a6f4181d2b4ea8b724290ffb40156eb0adb514c688556eb79cdea0752c2bb2eff3f31dea215f1eb86023a133a996eb6300b44da664d64251d05381bb8a02e",
        "183227397098d014dc2822db40c0ac2ecbc0b548b438e5469e10460b6c3e7ea3",
        "14789d0d4a730b354403b5fac948113739e276c23e0258d8596ee72f9cd9d3230af18a63153e0ec25ff9f2951dd3fa90ed0197bfef6e2a1a62b5095b9d2b4a27")]
    [TestCase(E, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "2cde5879ba6f13c0b5aa4ef627f159a3347df9722efce88a9afbb20b763b4c411aa7e43076f6aee272755a7f9b84832e71559ba0d2e0b17d5f9f01755e5b0d11")]
    [TestCase(E, "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000",
        "1a87b0584ce92f4593d161480614f2989035225609f08058ccfa3d0f940febe3163511ddc1c3f25d396745388200081287b3fd1472d8339d5fecb2eae0830451")]
    [TestCase(E, "0000000000000000000000000000000100000000000000000000000000000000",
        "1051acb0700ec6d42a88215852d582efbaef31529b6fcbc3277b5c1b300f5cf0135b2394bb45ab04b8bd7611bd2dfe1de6a4e6e2ccea1ea1955f577cd66af85b")]
    [TestCase(E, "0000000000000000000000000000000000000000000000000000000000000001", E)]
    [TestCase(C, "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000", MinusC)]
    [TestCase(C, "0000000000000000000000000000000000000000000000000000000000000009",
        "228e687a379ba154554040f8821f4e41ee2be287c201aa9c3bc02c9dd12f1e691e0fd6ee672d04cfd924ed8fdc7ba5f2d06c53c1edc30f65f2af5a5b97f0a76a")]
    [TestCase(D, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "00a1a234d08efaa2616607e31eca1980128b00b415c845ff25bba3afcb81dc00242077290ed33906aeb8e42fd98c41bcb9057ba03421af3f2d08cfc441186024")]
    public void Multiple_GoEthereumVector_IsEqual(string point, string scalar, string expected)
    {
        ulong[] limbs = ToLimbs(new BigInteger(Convert.FromHexString(scalar), isUnsigned: true, isBigEndian: true));
        Assert.That(Encode(Decode(point).ToJacobian().Multiply(limbs)), Is.EqualTo(expected));
    }

    static G1Affine Decode(string hexadecimal)
    {
        Assert.That(G1Affine.TryDecode(Convert.FromHexString(hexadecimal), out G1Affine point), Is.EqualTo(PointError.None));
        return point;
    }

    static string Encode(G1 point)
    {
        var bytes = new byte[64];
        point.ToAffine().Encode(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
