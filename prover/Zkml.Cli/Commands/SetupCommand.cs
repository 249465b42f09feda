using System.CommandLine;
using System.Globalization;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;
using Zkml.Groth16.Setup;
using Zkml.Groth16.Verifier;

namespace Zkml.Cli.Commands;

/// <summary>zkvm setup groth16: makes keys in the files of snarkjs.</summary>
static class SetupCommand
{
    static readonly Option<bool> s_json = StandardOptions.Json(), s_quiet = StandardOptions.Quiet();
    static readonly Option<int> s_threads = Groth16Command.Threads();

    static Argument<string> Circuit => new("CIRCUIT") { Description = "The constraints, a .r1cs file." };

    static Argument<string> Powers => new("POWERS") { Description = "The outcome of phase 1, a .ptau file." };

    static Argument<string> Key => new("KEY") { Description = "A proving key, a .zkey file." };

    static Argument<string> NewKey => new("NEW-KEY") { Description = "The proving key to write." };

    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal) => new("setup", "Make the keys of a proof system.")
    {
        new Command("groth16", "Make Groth16 keys: phase 1 is read and checked, phase 2 takes place here or in snarkjs.")
        {
            CreatePowers(terminal), CreateNew(terminal), CreateContribute(terminal), CreateBeacon(terminal), CreateVerify(terminal), CreateExport(terminal),
            CreateDevelopment(terminal),
        },
    };

    static VerbCommand Finish(VerbCommand command, Terminal terminal, Func<ParseResult, Groth16Display, int, CancellationToken, Report> run)
    {
        command.Options.Add(s_threads);
        command.Options.Add(s_json);
        command.Options.Add(s_quiet);
        command.SetAction((parsed, cancellation) =>
        {
            using Groth16Display display = new(terminal, parsed.GetValue(s_quiet));
            Report report = run(parsed, display, Groth16Command.ReadThreads(parsed.GetValue(s_threads)), cancellation);
            display.Dispose();
            report.Write(terminal.Output, parsed.GetValue(s_json));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    static VerbCommand CreatePowers(Terminal terminal)
    {
        Argument<string> powers = Powers;
        return Finish(
            new("powers", "Check all of a .ptau file: groups, powers, contributions, Lagrange polynomials.", "zkvm setup groth16 powers pot12_final.ptau") { powers },
            terminal,
            (parsed, display, threads, cancellation) =>
            {
                using PowersOfTauFile file = OpenPowers(parsed.GetRequiredValue(powers));
                PowersOfTau.Verify(file, threads, display, cancellation);
                return new Report().Add("valid", "valid", true).Add("power", "power", (long)file.Power).Add("isPrepared", "prepared for phase 2", file.IsPrepared);
            });
    }

    static VerbCommand CreateNew(Terminal terminal)
    {
        Argument<string> circuit = Circuit, powers = Powers, key = NewKey;
        return Finish(
            new("new", "Check the powers and make the first key, which is safe only after a contribution.", "zkvm setup groth16 new circuit.r1cs pot12_final.ptau circuit0.zkey") { circuit, powers, key },
            terminal,
            (parsed, display, threads, cancellation) =>
            {
                R1csSystem system = ReadCircuit(parsed.GetRequiredValue(circuit));
                using PowersOfTauFile file = OpenPowers(parsed.GetRequiredValue(powers));
                byte[] hash = Phase2.Create(system, file, parsed.GetRequiredValue(key), threads, display, cancellation);
                return new Report()
                    .Add("key", "key", parsed.GetRequiredValue(key))
                    .Add("constraints", "constraints", (long)system.ConstraintCount)
                    .Add("circuitHash", "circuit hash", Convert.ToHexStringLower(hash))
                    .Add("next", "next", "contribute", "zkvm setup groth16 contribute; this key is not safe yet");
            });
    }

    static VerbCommand CreateContribute(Terminal terminal)
    {
        Argument<string> key = Key, newKey = NewKey;
        Option<string?> name = new("--name") { Description = "Your name, for the transcript.", HelpName = "TEXT" };
        Option<string> entropy = new("--entropy")
        {
            Description = "Anything, mixed into the randomness of the system.", HelpName = "TEXT", DefaultValueFactory = _ => "",
        };
        return Finish(
            new("contribute", "Contribute a secret, which is forgotten.", "zkvm setup groth16 contribute circuit0.zkey circuit1.zkey --name Ann") { key, newKey, name, entropy },
            terminal,
            (parsed, display, threads, cancellation) =>
            {
                using ProvingKeyFile file = Groth16Command.OpenKey(parsed.GetRequiredValue(key));
                display.Report("contribution");
                byte[] hash = Phase2.Contribute(file, parsed.GetRequiredValue(newKey), parsed.GetValue(name), parsed.GetRequiredValue(entropy), threads, cancellation);
                return new Report().Add("key", "key", parsed.GetRequiredValue(newKey)).Add("contributionHash", "contribution hash", Convert.ToHexStringLower(hash));
            });
    }

    static VerbCommand CreateBeacon(Terminal terminal)
    {
        Argument<string> key = Key, newKey = NewKey, beacon = new("BEACON") { Description = "The beacon's value, hexadecimal digits." };
        Option<int> log = new("--log-iterations") { Description = "It is hashed 2^N times.", HelpName = "N", DefaultValueFactory = _ => 10 };
        Option<string?> name = new("--name") { Description = "The beacon's name, for the transcript.", HelpName = "TEXT" };
        return Finish(
            new("beacon", "End phase 2 by a public beacon that nobody knew before.", "zkvm setup groth16 beacon circuit1.zkey circuit.zkey 0102030405060708 --log-iterations 10") { key, newKey, beacon, log, name },
            terminal,
            (parsed, display, threads, cancellation) =>
            {
                using ProvingKeyFile file = Groth16Command.OpenKey(parsed.GetRequiredValue(key));
                byte[] value = ParseBeacon(parsed.GetRequiredValue(beacon), parsed.GetValue(log));
                display.Report("beacon");
                byte[] hash = Phase2.ContributeBeacon(file, parsed.GetRequiredValue(newKey), parsed.GetValue(name), value, parsed.GetValue(log), threads, cancellation);
                return new Report().Add("key", "key", parsed.GetRequiredValue(newKey)).Add("contributionHash", "contribution hash", Convert.ToHexStringLower(hash));
            });
    }

    static VerbCommand CreateVerify(Terminal terminal)
    {
        Argument<string> key = Key, circuit = Circuit, powers = Powers;
        return Finish(
            new("verify", "Check a key: its circuit, its powers, each contribution.", "zkvm setup groth16 verify circuit.zkey circuit.r1cs pot12_final.ptau") { key, circuit, powers },
            terminal,
            (parsed, display, threads, cancellation) =>
            {
                using ProvingKeyFile file = Groth16Command.OpenKey(parsed.GetRequiredValue(key));
                using PowersOfTauFile powersFile = OpenPowers(parsed.GetRequiredValue(powers));
                Phase2Transcript transcript = Phase2Verifier.Verify(file, ReadCircuit(parsed.GetRequiredValue(circuit)), powersFile, threads, display, cancellation);
                ReportTable table = new(new("name", "contribution"), new("isBeacon", "beacon"), new("hash", "hash"));
                foreach (Contribution contribution in transcript.Contributions)
                    table.Add(PrintableText.Of(System.Text.Encoding.UTF8.GetBytes(contribution.Name ?? "")), contribution.IsBeacon, Convert.ToHexStringLower(contribution.ComputeHash()));
                return new Report()
                    .Add("valid", "valid", true)
                    .Add("circuitHash", "circuit hash", Convert.ToHexStringLower(transcript.CircuitHash.Span))
                    .AddTable("contributions", "", table);
            });
    }

    static VerbCommand CreateExport(Terminal terminal)
    {
        Argument<string> key = Key, output = new("FILE") { Description = "The verification_key.json to write." };
        return Finish(
            new("export", "Write the verifying key as JSON; refused where anyone could forge proofs.", "zkvm setup groth16 export circuit.zkey verification_key.json") { key, output },
            terminal,
            (parsed, display, _, cancellation) =>
            {
                using ProvingKeyFile file = Groth16Command.OpenKey(parsed.GetRequiredValue(key));
                display.Report("check");
                bool isDevelopment = file.VerifyingKey.IsDevelopment;
                if (!isDevelopment) Phase2Verifier.VerifyTranscript(file, cancellation);
                File.WriteAllBytes(parsed.GetRequiredValue(output), SnarkjsJson.WriteKey(file.VerifyingKey));
                return new Report()
                    .Add("key", "verifying key", parsed.GetRequiredValue(output))
                    .Add("publicInputs", "public inputs", (long)file.PublicCount)
                    .Add("isDevelopment", "development key", isDevelopment, isDevelopment ? "yes: anyone can forge its proofs" : "no");
            });
    }

    static VerbCommand CreateDevelopment(Terminal terminal)
    {
        Argument<string> circuit = Circuit, key = NewKey;
        Option<string> seed = new("--seed") { Description = "The secrets come from this number.", HelpName = "N", DefaultValueFactory = _ => "0" };
        return Finish(
            new("dev", "Make a key for development, stamped as such: its secrets are known.", "zkvm setup groth16 dev circuit.r1cs dev.zkey --seed 1") { circuit, key, seed },
            terminal,
            (parsed, display, threads, cancellation) =>
            {
                if (!ulong.TryParse(parsed.GetRequiredValue(seed), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
                    throw CommandException.Usage($"--seed: expected a number from 0 to {ulong.MaxValue}, got \"{parsed.GetRequiredValue(seed)}\".");
                R1csSystem system = ReadCircuit(parsed.GetRequiredValue(circuit));
                display.Report("multiples");
                DevelopmentSetup.Write(system, number, parsed.GetRequiredValue(key), threads, cancellation);
                return new Report()
                    .Add("key", "key", parsed.GetRequiredValue(key))
                    .Add("constraints", "constraints", (long)system.ConstraintCount)
                    .Add("isDevelopment", "development key", true, "yes: anyone can forge its proofs");
            });
    }

    static byte[] ParseBeacon(string digits, int log)
    {
        if (log is < 10 or > Phase2.MaximumBeaconLog) throw CommandException.Usage($"--log-iterations: expected 10 to {Phase2.MaximumBeaconLog}, got {log}.");
        string hex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        try
        {
            byte[] value = Convert.FromHexString(hex);
            return value.Length is > 0 and <= 255 ? value : throw CommandException.Usage($"BEACON: expected 1 to 255 bytes, got {value.Length}.");
        }
        catch (FormatException)
        {
            throw CommandException.Usage("BEACON: expected an even number of hexadecimal digits.");
        }
    }

    static R1csSystem ReadCircuit(string path)
    {
        InputFiles.CheckExists(path, "circuit");
        return R1csFile.Read(path);
    }

    static PowersOfTauFile OpenPowers(string path)
    {
        InputFiles.CheckExists(path, "file of powers");
        return PowersOfTauFile.Open(path);
    }
}
