using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Formats;

/// <summary>The .wtns files of circom and snarkjs: a value below r for each signal, little-endian. Open files are mapped.</summary>
public sealed class WitnessFile : IDisposable
{
    const uint HeaderSection = 1, ValueSection = 2;

    readonly SectionFile _file;
    readonly Section _values;

    WitnessFile(SectionFile file)
    {
        _file = file;
        Section header = file.Required(HeaderSection, "header");
        header.ReadModulus<FrModulus>("modulus");
        uint count = header.ReadUInt32("signals");
        header.End();
        _values = file.Required(ValueSection, "values");
        if (count is 0 or > R1cs.R1csSystem.MaximumSize || _values.Length != 32L * count)
            throw _values.Failure($"expected {count} values of 32 bytes, at least one and at most {R1cs.R1csSystem.MaximumSize}, got {_values.Length} bytes.");
        SignalCount = (int)count;
        for (int i = 0; i < SignalCount; i++)
        {
            ReadOnlySpan<byte> value = Bytes(i);
            // Most values are short; only a long one can be r or more.
            if (value[31] >= 0x30 && !Fr.TryReadLittleEndian(value, out _))
                throw _values.Failure($"signal {i}: expected a number below r, got 0x{Convert.ToHexString(value)}, least significant byte first.");
        }
        if (this[0] != Fr.One) throw _values.Failure($"signal 0: expected the constant 1, got {this[0]}.");
    }

    /// <summary>The number of signals, the constant included.</summary>
    public int SignalCount { get; }

    /// <summary>The value of a signal.</summary>
    public Fr this[int signal] => Fr.TryReadLittleEndian(Bytes(signal), out Fr value) ? value : throw _values.Failure($"signal {signal} is not below r.");

    /// <summary>All values as integers, 32 bytes each, least significant first; valid until <see cref="Dispose"/>. Checked to be below r.</summary>
    internal ReadOnlySpan<WitnessValue> Values => _values.Part<WitnessValue>(0, SignalCount);

    /// <summary>Opens a file.</summary>
    /// <exception cref="Groth16FileException">The file is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WitnessFile Open(string path) => Open(FileBytes.Map(path));

    /// <summary>Reads from memory; <paramref name="name"/> is for messages.</summary>
    /// <exception cref="Groth16FileException">The bytes are not what they should be.</exception>
    public static WitnessFile Open(byte[] bytes, string name) => Open(new FileBytes(bytes, name));

    static WitnessFile Open(FileBytes bytes)
    {
        SectionFile file = SectionFile.Read(bytes, "wtns", 2);
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies all values.</summary>
    public Fr[] ToArray()
    {
        Fr[] values = new Fr[SignalCount];
        for (int i = 0; i < values.Length; i++)
            values[i] = this[i];
        return values;
    }

    /// <summary>Writes the values of all signals.</summary>
    public static void Write(ReadOnlySpan<Fr> signals, string path)
    {
        using SectionWriter writer = new(path, "wtns", 2, 2);
        writer.Start(HeaderSection);
        writer.WriteModulus<FrModulus>();
        writer.WriteUInt32((uint)signals.Length);
        writer.End();
        writer.Start(ValueSection);
        Span<byte> bytes = stackalloc byte[32];
        foreach (Fr signal in signals)
        {
            signal.WriteLittleEndian(bytes);
            writer.Write(bytes);
        }
        writer.End();
        writer.Commit();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    ReadOnlySpan<byte> Bytes(int signal) => _values.Part<byte>(32L * signal, 32);
}

/// <summary>The 32 bytes of an integer below r, least significant first: the value of a signal.</summary>
[System.Runtime.CompilerServices.InlineArray(4)]
struct WitnessValue
{
    ulong _word;
}
