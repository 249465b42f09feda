using System.Buffers.Binary;
using System.Numerics;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;

namespace Zkml.Chain.Tests.Contracts;

/// <summary>Plain and folded verifiers, compiled by solc, on a real node.</summary>
[TestFixture]
[Category("Chain")]
sealed class VerifierContractTests
{
    static readonly BigInteger s_modulus = BigInteger.Parse("21888242871839275222246405745257275088548364400416034343698204186575808495617");
    static readonly BigInteger s_baseModulus = BigInteger.Parse("21888242871839275222246405745257275088696311157297823662689037894645226208583");

    LocalChain _chain = null!;
    KnownKey _key = null!;
    IReadOnlyDictionary<string, CompiledContract> _compiled = null!;
    EthereumAddress _plain, _folded;
    Fr[] _inputs = null!;
    Groth16Proof _proof = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        SolidityCompiler compiler = LocalChain.Compiler();
        _chain = await LocalChain.StartAsync();
        _key = KnownKey.Create(2);
        _compiled = await compiler.CompileAsync(new VerifierContract(_key.Key).Sources());
        _inputs = [KnownKey.Element(1), KnownKey.Element(2)];
        _proof = _key.Prove(_inputs);
        byte[] first = new byte[32];
        _inputs[0].WriteBigEndian(first);
        _plain = await _chain.DeployAsync(_compiled["Groth16Verifier"]);
        _folded = await _chain.DeployAsync(_compiled["FoldedGroth16Verifier"], first);
    }

    [OneTimeTearDown]
    public void Stop() => _chain?.Dispose();

    byte[] PlainCall => VerifierCall.VerifyProof(_proof, _inputs);

    byte[] FoldedCall => VerifierCall.VerifyProof(_proof, _inputs.AsSpan(1));

    [Test]
    public async Task Verifiers_OfTwoInputs_AcceptWithinTheGoalsOfGas()
    {
        ulong plain = await MeasureAsync(_plain, PlainCall, "two full-size inputs", _compiled["Groth16Verifier"]);
        ulong folded = await MeasureAsync(_folded, FoldedCall, "first input folded", _compiled["FoldedGroth16Verifier"]);
        Assert.That(plain, Is.LessThanOrEqualTo(220_800));
        Assert.That(plain - Intrinsic(PlainCall), Is.LessThanOrEqualTo(195_000));
        Assert.That(folded, Is.LessThanOrEqualTo(218_500));
    }

    [Test]
    public async Task Estimate_OfAVerification_IsEnough()
    {
        ulong estimate = await _chain.Client.EstimateGasAsync(_chain.Account.Address, _plain, PlainCall);
        Assert.That((await _chain.Sender.SendAsync(_plain, PlainCall, estimate)).Succeeded, Is.True);
    }

    [Test]
    public async Task Verify_OfAnyChangedByte_Reverts()
    {
        for (int at = 4; at < PlainCall.Length; at++)
        {
            byte[] call = PlainCall;
            call[at] ^= (byte)(1 << (at % 7));
            string expected = at < 4 + Groth16Proof.ByteCount ? "PairingFailed()" : "VerificationFailed()";
            if (at >= 4 + Groth16Proof.ByteCount && new BigInteger(call.AsSpan(4 + Groth16Proof.ByteCount + (32 * ((at - 260) / 32)), 32), true, true) >= s_modulus) expected = "InputNotCanonical(uint256)";
            await _chain.AssertRevertsAsync(_plain, call, expected, $"byte {at}");
        }
    }

    [Test]
    public async Task Verify_OfWellFormedButFalseProofs_Reverts()
    {
        Groth16Proof other = _key.Prove(_inputs[1], _inputs[0]);
        (string Name, Groth16Proof Proof)[] proofs =
        [
            ("another statement's", other), ("A negated", _proof with { A = -_proof.A }), ("B negated", _proof with { B = -_proof.B }), ("C negated", _proof with { C = -_proof.C }),
            ("A at infinity", _proof with { A = default }), ("B at infinity", _proof with { B = default }), ("C at infinity", _proof with { C = default }),
            ("all at infinity", new Groth16Proof(default, default, default)), ("A and C swapped", new Groth16Proof(_proof.C, _proof.B, _proof.A)),
        ];
        foreach ((string name, Groth16Proof proof) in proofs)
        {
            await _chain.AssertRevertsAsync(_plain, VerifierCall.VerifyProof(proof, _inputs), "VerificationFailed()", name);
            await _chain.AssertRevertsAsync(_folded, VerifierCall.VerifyProof(proof, _inputs.AsSpan(1)), "VerificationFailed()", name);
        }
        // A and B negated is the same product: malleable, as every Groth16 proof.
        Assert.That(await _chain.Client.CallAsync(_plain, VerifierCall.VerifyProof(_proof with { A = -_proof.A, B = -_proof.B }, _inputs)), Is.Empty);
    }

    [Test]
    public async Task Verify_OfAPointOutsideOfTheSubgroup_Reverts()
    {
        // A point of the twist whose order is not r, found by trying abscissas: most points of the twist are outside of G2.
        await _chain.AssertRevertsAsync(_plain, VerifierCall.VerifyProof(_proof with { B = OutsideOfTheSubgroup() }, _inputs), "PairingFailed()");
    }

    [Test]
    public async Task Verify_OfNonCanonicalNumbers_Reverts()
    {
        for (int i = 0; i < 2; i++)
        {
            byte[] call = PlainCall;
            AddTo(call.AsSpan(4 + Groth16Proof.ByteCount + (32 * i), 32), s_modulus);
            await _chain.AssertRevertsAsync(_plain, call, "InputNotCanonical(uint256)", $"input {i} + r");
        }
        byte[] folded = FoldedCall;
        AddTo(folded.AsSpan(4 + Groth16Proof.ByteCount, 32), s_modulus);
        await _chain.AssertRevertsAsync(_folded, folded, "InputNotCanonical(uint256)");
        for (int word = 0; word < 8; word++)
        {
            byte[] call = PlainCall;
            AddTo(call.AsSpan(4 + (32 * word), 32), s_baseModulus);
            await _chain.AssertRevertsAsync(_plain, call, "PairingFailed()", $"coordinate {word} + q");
        }
    }

    [Test]
    public async Task Verify_OfAnotherLength_Reverts()
    {
        const string Error = "CalldataLengthMismatch(uint256,uint256)";
        await _chain.AssertRevertsAsync(_plain, [.. PlainCall, 0], Error);
        await _chain.AssertRevertsAsync(_plain, [.. PlainCall, .. new byte[32]], Error);
        await _chain.AssertRevertsAsync(_folded, [.. FoldedCall, 0], Error);
        foreach (int length in (int[])[0, 3, 4, 5, 259, 260, PlainCall.Length - 1]) await AssertRevertsWithoutDataAsync(_plain, PlainCall[..length]);
        byte[] wrong = PlainCall;
        wrong[0] ^= 1;
        await AssertRevertsWithoutDataAsync(_plain, wrong);
    }

    [Test]
    public async Task Verify_WithTooLittleGas_RevertsAndNeverAccepts()
    {
        foreach (ulong gas in (ulong[])[40_000, 60_000, 120_000, 200_000, 215_000, 219_000])
            Assert.That((await _chain.Sender.SendAsync(_plain, PlainCall, gas)).Succeeded, Is.False, $"{gas}");
    }

    [Test]
    public async Task Constructor_OfAFoldedInputAboveR_Reverts()
    {
        byte[] modulus = s_modulus.ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] code = [.. _compiled["FoldedGroth16Verifier"].CreationCode.Span, .. modulus];
        RpcException? exception = await Assert.ThrowsAsync<RpcException>(() => _chain.Client.EstimateGasAsync(_chain.Account.Address, null, code));
        Assert.That(exception!.RevertData.Span[..4].ToArray(), Is.EqualTo(AbiEncoder.Selector("InputNotCanonical(uint256)")));
        byte[] other = new byte[32];
        _inputs[1].WriteBigEndian(other);
        EthereumAddress fixedElsewhere = await _chain.DeployAsync(_compiled["FoldedGroth16Verifier"], other);
        await _chain.AssertRevertsAsync(fixedElsewhere, FoldedCall, "VerificationFailed()");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(5)]
    public async Task Verifier_OfAnyNumberOfInputs_AcceptsAndRejects(int count)
    {
        KnownKey key = KnownKey.Create(count);
        IReadOnlyDictionary<string, CompiledContract> compiled = await LocalChain.Compiler().CompileAsync(new VerifierContract(key.Key).Sources());
        Fr[] inputs = [.. Enumerable.Range(10, count).Select(seed => KnownKey.Element((byte)seed))];
        Groth16Proof proof = key.Prove(inputs);
        EthereumAddress address = await _chain.DeployAsync(compiled["Groth16Verifier"]);
        Assert.That(await _chain.Client.CallAsync(address, VerifierCall.VerifyProof(proof, inputs)), Is.Empty);
        await _chain.AssertRevertsAsync(address, VerifierCall.VerifyProof(proof with { A = proof.C }, inputs), "VerificationFailed()");
    }

    [Test]
    public async Task Verifier_OfTheLargestKey_FitsIntoTheLimit()
    {
        KnownKey key = KnownKey.Create(VerifierContract.MaximumInputs);
        IReadOnlyDictionary<string, CompiledContract> compiled = await LocalChain.Compiler().CompileAsync(new VerifierContract(key.Key).Sources());
        Assert.That(compiled["Groth16Verifier"].DeployedCode.Length, Is.LessThan(CompiledContract.MaximumDeployedBytes));
        Assert.That(() => new VerifierContract(KnownKey.Create(VerifierContract.MaximumInputs + 1).Key), Throws.TypeOf<ContractException>());
    }

    [Test]
    public async Task Verifier_OfASnarkjsKey_AcceptsItsProof()
    {
        byte[] key = VectorFiles.Read("vectors/groth16/verification_key.json"), json = VectorFiles.Read("vectors/groth16/proof_snarkjs.json");
        Assert.That(SnarkjsJson.TryReadKey(key, out Groth16VerifyingKey? verifyingKey).IsAccepted, Is.True);
        Assert.That(SnarkjsJson.TryReadProof(json, out Groth16Proof? proof).IsAccepted, Is.True);
        Assert.That(SnarkjsJson.TryReadInputs(VectorFiles.Read("vectors/groth16/public_snarkjs.json"), out Fr[]? inputs).IsAccepted, Is.True);
        IReadOnlyDictionary<string, CompiledContract> compiled = await LocalChain.Compiler().CompileAsync(new VerifierContract(verifyingKey!).Sources());
        EthereumAddress address = await _chain.DeployAsync(compiled["Groth16Verifier"]);
        await MeasureAsync(address, VerifierCall.VerifyProof(proof!, inputs), "snarkjs's proof", compiled["Groth16Verifier"]);
        inputs![1] += Fr.One;
        await _chain.AssertRevertsAsync(address, VerifierCall.VerifyProof(proof!, inputs), "VerificationFailed()");
    }

    async Task<ulong> MeasureAsync(EthereumAddress address, byte[] call, string what, CompiledContract contract)
    {
        TransactionReceipt receipt = await _chain.Sender.SendAsync(address, call, LocalChain.GasLimit);
        Assert.That(receipt.Succeeded, Is.True);
        await TestContext.Out.WriteLineAsync($"{what}: {receipt.GasUsed} gas, {receipt.GasUsed - Intrinsic(call)} of execution, {contract.DeployedCode.Length} bytes deployed");
        return receipt.GasUsed;
    }

    static ulong Intrinsic(byte[] call) => 21_000 + (ulong)call.Sum(value => value == 0 ? 4 : 16);

    async Task AssertRevertsWithoutDataAsync(EthereumAddress to, byte[] call)
    {
        RpcException? exception = await Assert.ThrowsAsync<RpcException>(() => _chain.Client.CallAsync(to, call));
        Assert.That(exception!.Error, Is.EqualTo(RpcError.Reverted));
    }

    static void AddTo(Span<byte> word, BigInteger value)
    {
        byte[] sum = (new BigInteger(word, true, true) + value).ToByteArray(isUnsigned: true, isBigEndian: true);
        word.Clear();
        sum.CopyTo(word[(32 - sum.Length)..]);
    }

    static G2Affine OutsideOfTheSubgroup()
    {
        for (ulong i = 1; ; i++)
        {
            Fq2 x = new(Fq.FromUInt64(i), Fq.FromUInt64(1));
            if (SquareRoot((x.Square() * x) + G2Curve.B) is Fq2 y && new G2Affine(x, y) is var point && point.Check() == PointError.NotInSubgroup) return point;
        }
    }

    // √(a + b·u): c² = (a + √(a² + b²)) / 2, d = b / (2·c); null where there is none.
    static Fq2? SquareRoot(Fq2 value)
    {
        Fq half = Fq.FromUInt64(2).Inverse();
        if (SquareRoot(value.C0.Square() + value.C1.Square()) is not Fq norm) return null;
        foreach (Fq sign in (Fq[])[norm, -norm])
        {
            if (SquareRoot((value.C0 + sign) * half) is Fq c && !c.IsZero && new Fq2(c, value.C1 * (c + c).Inverse()) is var root && root.Square().Equals(value)) return root;
        }
        return null;
    }

    static Fq? SquareRoot(Fq value)
    {
        byte[] exponent = ((s_baseModulus + 1) / 4).ToByteArray(isUnsigned: true, isBigEndian: true);
        Fq root = Fq.One;
        foreach (byte part in exponent)
        {
            for (int bit = 7; bit >= 0; bit--) root = (part >> bit & 1) != 0 ? root.Square() * value : root.Square();
        }
        return root.Square() == value ? root : null;
    }
}
