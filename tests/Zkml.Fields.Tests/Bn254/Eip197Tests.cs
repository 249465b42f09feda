using Zkml.Fields.Bn254;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>Pairing checks of EIP-197. Source: go-ethereum, core/vm/testdata/precompiles, bn256Pairing.json.</summary>
sealed class Eip197Tests
{
    const string One = "00000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000002";
    const string Two = "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
    const string MinusTwo = "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed275dc4a288d1afb3cbb1ac09187524c7db36395df7be3b99e673b13a075a65ec1d9befcd05a5323e6da4d435f3b617cdb3af83285c2df711ef39c01571827f9d";
    const string Match = One + Two + One + MinusTwo;

    [TestCase("", true, TestName = "ProductIsOne_Empty_IsTrue")]
    [TestCase(One + Two, false, TestName = "ProductIsOne_OnePoint_IsFalse")]
    [TestCase(Match, true, TestName = "ProductIsOne_TwoPointMatch2_IsTrue")]
    [TestCase(Match + Match + Match + Match + Match, true, TestName = "ProductIsOne_TenPointMatch1_IsTrue")]
    [TestCase(Match + Match + Match + Match + One + Two, false, TestName = "ProductIsOne_NinePoints_IsFalse")]
    [TestCase("1c76476f4def4bb94541d57ebba1193381ffa7aa76ada664dd31c16024c43f593034dd2920f673e204fee2811c678745fc819b55d3e9d294e45c9b03a76aef41209dd15ebff5d46c4bd888e51a93cf99a7329636c63514396b4a452003a35bf704bf11ca01483bfa8b34b43561848d28905960114c8ac04049af4b6315a416782bb8324af6cfc93537a2ad1a445cfd0ca2a71acd7ac41fadbf933c2a51be344d120a2a4cf30c1bf9845f20c6fe39e07ea2cce61f0c9bb048165fe5e4de877550111e129f1cf1097710d41c4ac70fcdfa5ba2023c6ff1cbeac322de49d1b6df7c2032c61a830e3c17286de9462bf242fca2883585b93870a73853face6a6bf411" + Two,
        true, TestName = "ProductIsOne_Jeff1_IsTrue")]
    [TestCase("1c76476f4def4bb94541d57ebba1193381ffa7aa76ada664dd31c16024c43f593034dd2920f673e204fee2811c678745fc819b55d3e9d294e45c9b03a76aef41209dd15ebff5d46c4bd888e51a93cf99a7329636c63514396b4a452003a35bf704bf11ca01483bfa8b34b43561848d28905960114c8ac04049af4b6315a416782bb8324af6cfc93537a2ad1a445cfd0ca2a71acd7ac41fadbf933c2a51be344d120a2a4cf30c1bf9845f20c6fe39e07ea2cce61f0c9bb048165fe5e4de877550111e129f1cf1097710d41c4ac70fcdfa5ba2023c6ff1cbeac322de49d1b6df7c103188585e2364128fe25c70558f1560f4f9350baf3959e603cc91486e110936" + Two,
        false, TestName = "ProductIsOne_Jeff6_IsFalse")]
    [TestCase(One + "203e205db4f19b37b60121b83a7333706db86431c6d835849957ed8c3928ad7927dc7234fd11d3e8c36c59277c3e6f149d5cd3cfa9a62aee49f8130962b4b3b9195e8aa5b7827463722b8c153931579d3505566b4edf48d498e185f0509de15204bb53b8977e5f92a0bc372742c4830944a59b4fe6b1c0466e2a6dad122b5d2e030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd31a76dae6d3272396d0cbe61fced2bc532edac647851e3ac53ce1cc9c7e645a83" + Two,
        true, TestName = "ProductIsOne_TwoPointMatch3_IsTrue")]
    [TestCase("105456a333e6d636854f987ea7bb713dfd0ae8371a72aea313ae0c32c0bf10160cf031d41b41557f3e7e3ba0c51bebe5da8e6ecd855ec50fc87efcdeac168bcc0476be093a6d2b4bbf907172049874af11e1b6267606e00804d3ff0037ec57fd3010c68cb50161b7d1d96bb71edfec9880171954e56871abf3d93cc94d745fa114c059d74e5b6c4ec14ae5864ebe23a71781d86c29fb8fb6cce94f70d3de7a2101b33461f39d9e887dbb100f170a2345dde3c07e256d1dfa2b657ba5cd030427" + One + "1a2c3013d2ea92e13c800cde68ef56a294b883f6ac35d25f587c09b1b3c635f7290158a80cd3d66530f74dc94c94adb88f5cdb481acca997b6e60071f08a115f2f997f3dbd66a7afe07fe7862ce239edba9e05c5afff7f8a1259c9733b2dfbb929d1691530ca701b4a106054688728c9972c8512e9789e9567aae23e302ccd75",
        true, TestName = "ProductIsOne_TwoPointMatch4_IsTrue")]
    public void ProductIsOne_GoEthereumVector_IsEqual(string input, bool expected)
    {
        byte[] bytes = Convert.FromHexString(input);
        Assert.That(bytes.Length % 192, Is.Zero);
        var pairs = new (G1Affine, G2Affine)[bytes.Length / 192];
        for (int i = 0; i < pairs.Length; i++)
        {
            Assert.That(G1Affine.TryDecode(bytes.AsSpan(192 * i, 64), out G1Affine p), Is.EqualTo(PointError.None));
            Assert.That(G2Affine.TryDecode(bytes.AsSpan(192 * i + 64, 128), out G2Affine q), Is.EqualTo(PointError.None));
            pairs[i] = (p, q);
        }

        Assert.That(Pairing.ProductIsOne(pairs), Is.EqualTo(expected));
    }
}
