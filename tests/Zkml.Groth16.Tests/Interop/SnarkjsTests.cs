using System.Diagnostics;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.R1cs;
using Zkml.Groth16.Setup;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Tests.Interop;

/// <summary>Both ways with snarkjs 0.7.6, which npm installs into a cache folder.</summary>
[TestFixture, Category("Interop")]
sealed class SnarkjsTests
{
    const int Threads = 2;

    [Test]
    public void Proofs_AndKeys_AreExchanged()
    {
        using TemporaryFolder folder = new();
        (R1csSystem system, Fr[] signals) = ChainCircuit.Create(200, 9);
        R1csFile.Write(system, folder["c.r1cs"]);
        WitnessFile.Write(signals, folder["c.wtns"]);
        File.Copy(Vectors.Path("pot12_final.ptau"), folder["p.ptau"]);
        Snarkjs.Run(folder, "wtns", "check", "c.r1cs", "c.wtns");
        // snarkjs makes a key and a proof.
        Snarkjs.Run(folder, "groth16", "setup", "c.r1cs", "p.ptau", "theirs0.zkey");
        Snarkjs.Run(folder, "zkey", "contribute", "theirs0.zkey", "theirs1.zkey", "--name=them", "-e=random");
        Snarkjs.Run(folder, "groth16", "prove", "theirs1.zkey", "c.wtns", "proof.json", "public.json");
        using PowersOfTauFile powers = PowersOfTauFile.Open(folder["p.ptau"]);
        PowersOfTau.Verify(powers, Threads);
        using ProvingKeyFile theirs = ProvingKeyFile.Open(folder["theirs1.zkey"]);
        Phase2Verifier.Verify(theirs, system, powers, Threads);
        SnarkjsJson.TryReadProof(File.ReadAllBytes(folder["proof.json"]), out Groth16Proof? proof);
        SnarkjsJson.TryReadInputs(File.ReadAllBytes(folder["public.json"]), out Fr[]? inputs);
        Assert.That(Groth16Verifier.Verify(theirs.VerifyingKey, proof!, inputs), Is.EqualTo(Groth16Result.Accepted));

        // Our first key is theirs, byte for byte.
        Phase2.Create(system, powers, folder["ours0.zkey"], Threads);
        Assert.That(File.ReadAllBytes(folder["ours0.zkey"]), Is.EqualTo(File.ReadAllBytes(folder["theirs0.zkey"])));
        // A contribution and a beacon of ours on theirs, checked by both.
        Phase2.Contribute(theirs, folder["mixed2.zkey"], "us", "entropy", Threads);
        using ProvingKeyFile mixed = ProvingKeyFile.Open(folder["mixed2.zkey"]);
        Phase2.ContributeBeacon(mixed, folder["mixed3.zkey"], "beacon", new byte[] { 1, 2, 3, 4 }, 10, Threads);
        Snarkjs.Run(folder, "zkey", "verify", "c.r1cs", "p.ptau", "mixed3.zkey");
        using ProvingKeyFile last = ProvingKeyFile.Open(folder["mixed3.zkey"]);
        Assert.That(Phase2Verifier.Verify(last, system, powers, Threads).Contributions, Has.Count.EqualTo(3));
        // A beacon of theirs gives the same secret as ours.
        Snarkjs.Run(folder, "zkey", "beacon", "mixed2.zkey", "theirs3.zkey", "01020304", "10", "-n=beacon");
        using ProvingKeyFile theirBeacon = ProvingKeyFile.Open(folder["theirs3.zkey"]);
        Assert.That(theirBeacon.VerifyingKey.Delta, Is.EqualTo(last.VerifyingKey.Delta));
        Assert.That(Phase2Verifier.Verify(theirBeacon, system, powers, Threads).Contributions, Has.Count.EqualTo(3));

        // We prove with the key that snarkjs made, snarkjs with the one that we made; each checks the other's proof.
        ProveAndVerify(folder, theirs, "ours");
        ProveAndVerify(folder, last, "mixed");
        Snarkjs.Run(folder, "groth16", "prove", "mixed3.zkey", "c.wtns", "proof2.json", "public2.json");
        SnarkjsJson.TryReadProof(File.ReadAllBytes(folder["proof2.json"]), out Groth16Proof? second);
        Assert.That(Groth16Verifier.Verify(last.VerifyingKey, second!, signals.AsSpan(1, 2)), Is.EqualTo(Groth16Result.Accepted));
    }

    [Test]
    public void DevelopmentKey_ProvesInSnarkjs()
    {
        using TemporaryFolder folder = new();
        (R1csSystem system, Fr[] signals) = ChainCircuit.Create(50, 2);
        WitnessFile.Write(signals, folder["c.wtns"]);
        DevelopmentSetup.Write(system, 3, folder["dev.zkey"], Threads);
        using ProvingKeyFile key = ProvingKeyFile.Open(folder["dev.zkey"]);
        Snarkjs.Run(folder, "groth16", "prove", "dev.zkey", "c.wtns", "proof.json", "public.json");
        SnarkjsJson.TryReadProof(File.ReadAllBytes(folder["proof.json"]), out Groth16Proof? proof);
        Assert.That(Groth16Verifier.Verify(key.VerifyingKey, proof!, signals.AsSpan(1, 2)), Is.EqualTo(Groth16Result.Accepted));
        ProveAndVerify(folder, key, "dev");
    }

    static void ProveAndVerify(TemporaryFolder folder, ProvingKeyFile key, string name)
    {
        using WitnessFile witness = WitnessFile.Open(folder["c.wtns"]);
        Groth16ProvingResult result = Groth16Prover.Prove(key, witness);
        File.WriteAllBytes(folder[$"{name}-key.json"], SnarkjsJson.WriteKey(key.VerifyingKey));
        File.WriteAllBytes(folder[$"{name}-proof.json"], SnarkjsJson.WriteProof(result.Proof));
        File.WriteAllBytes(folder[$"{name}-public.json"], SnarkjsJson.WriteInputs(result.PublicInputs));
        Snarkjs.Run(folder, "groth16", "verify", $"{name}-key.json", $"{name}-public.json", $"{name}-proof.json");
    }
}

/// <summary>Runs snarkjs; its version is fixed.</summary>
static class Snarkjs
{
    const string Version = "0.7.6";

    static readonly Lazy<string?> s_script = new(Install);

    public static void Run(TemporaryFolder folder, params string[] arguments)
    {
        if (s_script.Value is null) Assert.Ignore("snarkjs is not there: node or npm is missing.");
        (int exitCode, string output) = Start("node", folder.FullName, [s_script.Value!, .. arguments]);
        Assert.That(exitCode, Is.Zero, $"snarkjs {string.Join(' ', arguments)}: {output}");
        TestContext.Out.WriteLine($"snarkjs {string.Join(' ', arguments)}: {output}");
    }

    static string? Install()
    {
        string cache = Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "zkml-vm", $"snarkjs-{Version}");
        string script = Path.Combine(cache, "node_modules", "snarkjs", "build", "cli.cjs");
        if (File.Exists(script)) return script;
        Directory.CreateDirectory(cache);
        try
        {
            (int exitCode, _) = Start("npm", cache, ["install", "--prefix", cache, "--ignore-scripts", "--no-audit", "--no-fund", $"snarkjs@{Version}"]);
            return exitCode == 0 && File.Exists(script) ? script : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    static (int ExitCode, string Output) Start(string program, string folder, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
