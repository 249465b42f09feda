using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Groth16.Verifier;
using Zkml.Program;
using Zkml.Receipts;

namespace Zkml.Chain.Tests.Contracts;

/// <summary>The verifier of zkVM claims, its router and its emergency stop, on a real node.</summary>
[TestFixture]
[Category("Chain")]
sealed class ClaimVerifierTests
{
    static readonly Sha256Digest s_controlRoot = Root(0x5A), s_imageId = Root(0x77), s_journal = Sha256Digest.Of("journal"u8);

    LocalChain _chain = null!;
    KnownKey _key = null!;
    IReadOnlyDictionary<string, CompiledContract> _compiled = null!;
    EthereumAddress _verifier;
    byte[] _selector = null!, _seal = null!;

    static Sha256Digest Claim => ReceiptClaim.Halted(new ImageId(s_imageId), 0, "journal"u8).Digest;

    [OneTimeSetUp]
    public async Task Start()
    {
        SolidityCompiler compiler = LocalChain.Compiler();
        _chain = await LocalChain.StartAsync();
        _key = KnownKey.Create(2);
        VerifierContract contract = new(_key.Key);
        _compiled = await compiler.CompileAsync(contract.Sources());
        _verifier = await _chain.DeployAsync(_compiled["ZkmlGroth16Verifier"], s_controlRoot.ToArray());
        _selector = VerifierParameters.Selector(VerifierParameters.ClaimVerifierDigest(s_controlRoot, contract.KeyDigest), isDevelopment: false);
        _seal = SealOf(Claim);
    }

    [OneTimeTearDown]
    public void Stop() => _chain?.Dispose();

    [Test]
    public async Task Selector_OfTheContract_IsThatOfTheParameters()
    {
        Assert.That((await _chain.Client.CallAsync(_verifier, AbiEncoder.Selector("SELECTOR()")))[..4], Is.EqualTo(_selector));
        KnownKey development = KnownKey.CreateDevelopment(2);
        VerifierContract contract = new(development.Key);
        IReadOnlyDictionary<string, CompiledContract> compiled = await LocalChain.Compiler().CompileAsync(contract.Sources());
        EthereumAddress address = await _chain.DeployAsync(compiled["ZkmlGroth16Verifier"], s_controlRoot.ToArray());
        byte[] expected = VerifierParameters.Selector(VerifierParameters.ClaimVerifierDigest(s_controlRoot, contract.KeyDigest), isDevelopment: true);
        Assert.That(expected[..2], Is.EqualTo(new byte[] { 0xFF, 0xFF }));
        Assert.That((await _chain.Client.CallAsync(address, AbiEncoder.Selector("SELECTOR()")))[..4], Is.EqualTo(expected));
    }

    [Test]
    public async Task Verify_OfAClaim_AcceptsItAndNoOther()
    {
        byte[] call = VerifierCall.Verify(_seal, s_imageId, s_journal);
        Assert.That(await _chain.Client.CallAsync(_verifier, call), Is.Empty);
        Assert.That(await _chain.Client.CallAsync(_verifier, VerifierCall.VerifyIntegrity(_seal, Claim)), Is.Empty);
        TransactionReceipt receipt = await _chain.Sender.SendAsync(_verifier, call, LocalChain.GasLimit);
        Assert.That(receipt.Succeeded, Is.True);
        await TestContext.Out.WriteLineAsync($"verify(seal, imageId, journalDigest): {receipt.GasUsed} gas, {_compiled["ZkmlGroth16Verifier"].DeployedCode.Length} bytes deployed");
        await _chain.AssertRevertsAsync(_verifier, VerifierCall.Verify(_seal, Root(1), s_journal), "VerificationFailed()");
        await _chain.AssertRevertsAsync(_verifier, VerifierCall.Verify(_seal, s_imageId, Root(2)), "VerificationFailed()");
        await _chain.AssertRevertsAsync(_verifier, VerifierCall.VerifyIntegrity(_seal, Root(3)), "VerificationFailed()");
    }

    [Test]
    public async Task Verify_OfEveryTopBitOfAClaim_Accepts()
    {
        for (int top = 0; top < 8; top++)
        {
            byte[] bytes = Claim.ToArray();
            bytes[0] = (byte)((bytes[0] & 0x1F) | (top << 5));
            Sha256Digest claim = new(bytes);
            Assert.That(await _chain.Client.CallAsync(_verifier, VerifierCall.VerifyIntegrity(SealOf(claim), claim)), Is.Empty);
            bytes[0] ^= 0x20;
            await _chain.AssertRevertsAsync(_verifier, VerifierCall.VerifyIntegrity(SealOf(claim), new Sha256Digest(bytes)), "VerificationFailed()");
        }
    }

    [Test]
    public async Task Verify_OfAWrongSeal_RevertsWithTheReason()
    {
        byte[] wrong = [.. _seal];
        wrong[3] ^= 1;
        await _chain.AssertRevertsAsync(_verifier, VerifierCall.Verify(wrong, s_imageId, s_journal), "SelectorMismatch(bytes4,bytes4)");
        foreach (byte[] seal in (byte[][])[[], _seal[..3], _seal[..259], [.. _seal, 0], [.. _seal, .. _seal]])
            await _chain.AssertRevertsAsync(_verifier, VerifierCall.Verify(seal, s_imageId, s_journal), "SealLengthMismatch(uint256,uint256)");
        for (int at = 4; at < _seal.Length; at += 5)
        {
            byte[] changed = [.. _seal];
            changed[at] ^= 4;
            await _chain.AssertRevertsAsync(_verifier, VerifierCall.Verify(changed, s_imageId, s_journal), "PairingFailed()", $"byte {at}");
        }
    }

    [Test]
    public async Task Constructor_OfALargeControlRoot_Reverts()
    {
        byte[] root = s_controlRoot.ToArray();
        root[0] = 1;
        byte[] code = [.. _compiled["ZkmlGroth16Verifier"].CreationCode.Span, .. root];
        RpcException? exception = await Assert.ThrowsAsync<RpcException>(() => _chain.Client.EstimateGasAsync(_chain.Account.Address, null, code));
        Assert.That(exception!.RevertData.Span[..4].ToArray(), Is.EqualTo(AbiEncoder.Selector("ControlRootNotCanonical(bytes32)")));
    }

    [Test]
    public async Task Router_OfSelectors_AddsRemovesAndNeverReplaces()
    {
        EthereumAddress router = await _chain.DeployAsync(_compiled["ZkmlVerifierRouter"], AbiEncoder.Word(_chain.Account.Address));
        byte[] call = VerifierCall.Verify(_seal, s_imageId, s_journal), selector = [.. _selector, .. new byte[28]];
        byte[] add = [.. AbiEncoder.Selector("addVerifier(bytes4,address)"), .. selector, .. AbiEncoder.Word(_verifier)];
        byte[] remove = [.. AbiEncoder.Selector("removeVerifier(bytes4)"), .. selector];
        await _chain.AssertRevertsAsync(router, call, "SelectorUnknown(bytes4)");
        await _chain.AssertRevertsAsync(router, VerifierCall.Verify(_seal.AsSpan(0, 3), s_imageId, s_journal), "SealLengthMismatch(uint256,uint256)");
        await _chain.AssertRevertsAsync(router, add, "NotOwner(address)");
        byte[] addNothing = [.. AbiEncoder.Selector("addVerifier(bytes4,address)"), .. selector, .. AbiEncoder.Word(new EthereumAddress(new byte[20]))];
        await AssertSendRevertsAsync(router, addNothing, "VerifierHasNoCode(address)");
        await AssertSendRevertsAsync(router, remove, "SelectorUnknown(bytes4)");
        await _chain.SendAsync(router, add);
        Assert.That(await _chain.Client.CallAsync(router, call), Is.Empty);
        Assert.That(await _chain.Client.CallAsync(router, VerifierCall.VerifyIntegrity(_seal, Claim)), Is.Empty);
        await _chain.AssertRevertsAsync(router, VerifierCall.Verify(_seal, Root(1), s_journal), "VerificationFailed()");
        await AssertSendRevertsAsync(router, add, "SelectorInUse(bytes4)");
        await _chain.SendAsync(router, remove);
        await _chain.AssertRevertsAsync(router, call, "SelectorRemoved(bytes4)");
        await AssertSendRevertsAsync(router, add, "SelectorRemoved(bytes4)");
    }

    [Test]
    public async Task Ownership_OfTheRouter_ChangesInTwoSteps()
    {
        EthereumAddress router = await _chain.DeployAsync(_compiled["ZkmlVerifierRouter"], AbiEncoder.Word(Stranger()));
        await AssertSendRevertsAsync(router, [.. AbiEncoder.Selector("offerOwnership(address)"), .. AbiEncoder.Word(_chain.Account.Address)], "NotOwner(address)");
        await AssertSendRevertsAsync(router, AbiEncoder.Selector("takeOwnership()"), "NotOwner(address)");
        EthereumAddress own = await _chain.DeployAsync(_compiled["ZkmlVerifierRouter"], AbiEncoder.Word(_chain.Account.Address));
        await _chain.SendAsync(own, [.. AbiEncoder.Selector("offerOwnership(address)"), .. AbiEncoder.Word(_chain.Account.Address)]);
        await _chain.SendAsync(own, AbiEncoder.Selector("takeOwnership()"));
        Assert.That(await _chain.Client.CallAsync(own, AbiEncoder.Selector("owner()")), Is.EqualTo(AbiEncoder.Word(_chain.Account.Address)));
    }

    [Test]
    public async Task EmergencyStop_ByItsOwner_EndsVerification()
    {
        EthereumAddress guard = await _chain.DeployAsync(_compiled["ZkmlVerifierEmergencyStop"], AbiEncoder.Word(_verifier), AbiEncoder.Word(_chain.Account.Address));
        byte[] call = VerifierCall.Verify(_seal, s_imageId, s_journal), stop = AbiEncoder.Selector("stop()");
        Assert.That(await _chain.Client.CallAsync(guard, call), Is.Empty);
        await _chain.AssertRevertsAsync(guard, VerifierCall.Verify(_seal, Root(1), s_journal), "VerificationFailed()");
        await _chain.AssertRevertsAsync(guard, stop, "NotOwner(address)");
        await _chain.SendAsync(guard, stop);
        await _chain.AssertRevertsAsync(guard, call, "VerifierStopped()");
        await _chain.AssertRevertsAsync(guard, VerifierCall.VerifyIntegrity(_seal, Claim), "VerifierStopped()");
        await AssertSendRevertsAsync(guard, stop, "VerifierStopped()");
    }

    [Test]
    public async Task EmergencyStop_ByAProofOfTheImpossible_NeedsOne()
    {
        EthereumAddress guard = await _chain.DeployAsync(_compiled["ZkmlVerifierEmergencyStop"], AbiEncoder.Word(_verifier), AbiEncoder.Word(Stranger()));
        byte[] selector = AbiEncoder.Selector("stop((bytes,bytes32))");
        await AssertSendRevertsAsync(guard, [.. selector, .. VerifierCall.Receipt(_seal, Claim)], "ClaimIsPossible(bytes32)");
        await AssertSendRevertsAsync(guard, [.. selector, .. VerifierCall.Receipt(_seal, Sha256Digest.Zero)], "VerificationFailed()");
        // The test knows the key's secrets, so it can prove what cannot be true.
        await _chain.SendAsync(guard, [.. selector, .. VerifierCall.Receipt(SealOf(Sha256Digest.Zero), Sha256Digest.Zero)]);
        await _chain.AssertRevertsAsync(guard, VerifierCall.Verify(_seal, s_imageId, s_journal), "VerifierStopped()");
    }

    byte[] SealOf(Sha256Digest claim) => VerifierCall.Seal(_selector, _key.Prove(VerifierCall.ClaimInputs(s_controlRoot, claim)));

    async Task AssertSendRevertsAsync(EthereumAddress to, byte[] call, string error)
    {
        RpcException? exception = await Assert.ThrowsAsync<RpcException>(() => _chain.Sender.SendAsync(to, call));
        Assert.That(exception!.RevertData.Span[..4].ToArray(), Is.EqualTo(AbiEncoder.Selector(error)), error);
    }

    static EthereumAddress Stranger() => new(Enumerable.Repeat((byte)0x11, 20).ToArray());

    static Sha256Digest Root(byte value) => new([0, .. Enumerable.Repeat(value, 31)]);
}
