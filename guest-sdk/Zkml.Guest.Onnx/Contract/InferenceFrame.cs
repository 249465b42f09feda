using Zkml.Guest.Assembly;
using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>
/// The guest's side of a <see cref="ModelContract"/>: reads salts and tensors, refuses too few or too many bytes and numbers outside of their
/// type, runs the layers, fills the journal's template, hashes and commits it. The host's answers are never trusted: every byte that ends
/// in a hash or in the journal was either written by this code or is input.
/// </summary>
public sealed class InferenceFrame(ModelContract contract) : IGuestFrame
{
    const int HashBytes = 32, BlockBytes = 64;

    // The machine checks counts of words and of blocks to 16 bits.
    const int MaximumCount = 0xFFFF;

    /// <inheritdoc/>
    public void Write(FrameContext context)
    {
        FrameWriter writer = new(context.Assembler);
        bool hashesInput = contract.InputVisibility == Visibility.Hashed, hashesOutput = contract.OutputVisibility == Visibility.Hashed;
        Region input = writer.Reserve((hashesInput ? HashBytes : 0) + contract.InputBytes);
        Region output = writer.Reserve(hashesOutput ? HashBytes + contract.OutputBytes : 0);
        byte[] template = JournalLayout.Template(contract);
        Region journal = writer.Place(template);

        context.Assembler.SetStackPointer();
        if (hashesInput) writer.Read(input, 0, HashBytes);
        if (hashesOutput) writer.Read(output, 0, HashBytes);
        int start = hashesInput ? HashBytes : 0;
        writer.Read(input, start, contract.InputBytes);
        writer.CheckEnd();
        for (int i = 0; i < contract.Inputs.Length; i++)
        {
            writer.Copy(new(context.AddressOf(context.Program.Inputs[i]), 0), input.At(start), contract.Inputs[i].ByteCount);
            writer.CheckRange(context.AddressOf(context.Program.Inputs[i]), contract.Inputs[i]);
            start += contract.Inputs[i].ByteCount;
        }
        context.Assembler.Call(context.Layers);

        foreach (JournalPart part in JournalLayout.PartsOf(contract))
        {
            if (part.Name == "input") writer.Copy(journal.At(part.Offset), input.At(0), part.Length);
            if (part.Name == "output") CopyOutputs(context, writer, journal.At(part.Offset));
            if (part.Name == "inputHash") writer.Hash(input, journal.At(part.Offset));
            if (part.Name == "outputHash")
            {
                CopyOutputs(context, writer, output.At(HashBytes));
                writer.Hash(output, journal.At(part.Offset));
            }
        }
        writer.Finish(journal);
    }

    void CopyOutputs(FrameContext context, FrameWriter writer, Place to)
    {
        for (int i = 0; i < contract.Outputs.Length; i++)
        {
            writer.Copy(to, new(context.AddressOf(context.Program.Outputs[i]), 0), contract.Outputs[i].ByteCount);
            to = to with { Offset = to.Offset + contract.Outputs[i].ByteCount };
        }
    }

    readonly record struct Place(Label Label, int Offset);

    // Bytes that are hashed: behind them there is room for SHA-256's padding, which is zero until it is written.
    readonly record struct Region(Label Label, int Length)
    {
        public int PaddedLength => (Length + 1 + 8 + BlockBytes - 1) / BlockBytes * BlockBytes;

        public Place At(int offset) => new(Label, offset);
    }

    sealed class FrameWriter(Assembler code)
    {
        readonly Dictionary<string, Label> _panics = [];
        readonly Label _state = code.NewLabel(), _initialState = code.NewLabel();

        public Region Reserve(int length)
        {
            Region region = new(code.NewLabel(), length);
            code.In(SectionKind.Bss).Align(4).Mark(region.Label).Space((uint)region.PaddedLength).In(SectionKind.Text);
            return region;
        }

        public Region Place(byte[] content)
        {
            Region region = new(code.NewLabel(), content.Length);
            code.In(SectionKind.Data).Align(4).Mark(region.Label).Byte(content).Space((uint)(region.PaddedLength - content.Length)).In(SectionKind.Text);
            return region;
        }

        /// <summary>Reads exactly <paramref name="length"/> bytes to a word boundary of a region, and clears what the host wrote behind them in the last word.</summary>
        public void Read(Region region, int offset, int length)
        {
            for (int done = 0; done < length;)
            {
                int part = Math.Min(length - done, 4 * MaximumCount);
                code.La(A0, region.Label, offset + done).Li(A1, (part + 3) / 4).Li(A3, 0).Li(A4, part).Ecall(HostCall.Read);
                code.Li(T1, part);
                PanicUnlessEqual(A0, T1, "the input is shorter than the model's input");
                done += part;
            }
            int used = length % 4;
            if (used > 0) code.La(T0, region.Label, offset + length - used).Lw(T1, 0, T0).Slli(T1, T1, 32 - 8 * used).Srli(T1, T1, 32 - 8 * used).Sw(T1, 0, T0);
        }

        /// <summary>Stops unless the input ends here.</summary>
        public void CheckEnd()
        {
            Label word = code.NewLabel();
            code.In(SectionKind.Bss).Align(4).Mark(word).Space(4).In(SectionKind.Text);
            code.La(A0, word).Li(A1, 1).Li(A3, 0).Li(A4, 4).Ecall(HostCall.Read);
            PanicUnlessEqual(A0, Zero, "the input is longer than the model's input");
        }

        /// <summary>Stops where an element is no value of its type: only types below a byte, and bool, leave room for that.</summary>
        public void CheckRange(Label buffer, BoundTensor tensor)
        {
            ElementType type = tensor.GuestType;
            if (type.IsFloat || type.Bits >= 8 || tensor.Count == 0) return;
            Label loop = code.NewLabel();
            code.La(T0, buffer).La(T1, buffer, tensor.Count).Mark(loop).Lb(T2, 0, T0);
            code.Slli(T3, T2, 32 - type.Bits);
            if (type.IsSigned) code.Srai(T3, T3, 32 - type.Bits);
            else code.Srli(T3, T3, 32 - type.Bits);
            PanicUnlessEqual(T2, T3, $"input {tensor.Name}: a number outside of its type");
            code.Addi(T0, T0, 1).Bltu(T0, T1, loop);
        }

        /// <summary>Copies bytes, by words where both sides are aligned.</summary>
        public void Copy(Place to, Place from, int length)
        {
            bool isAligned = to.Offset % 4 == 0 && from.Offset % 4 == 0;
            int words = isAligned ? length / 4 : 0;
            code.La(T0, from.Label, from.Offset).La(T1, to.Label, to.Offset);
            if (words > 0)
            {
                Label loop = code.NewLabel();
                code.Li(T2, 4 * words).Add(T2, T2, T0).Mark(loop).Lw(T3, 0, T0).Sw(T3, 0, T1).Addi(T0, T0, 4).Addi(T1, T1, 4).Bltu(T0, T2, loop);
            }
            int rest = length - 4 * words;
            if (rest > 0)
            {
                Label loop = code.NewLabel();
                code.Li(T2, rest).Add(T2, T2, T0).Mark(loop).Lbu(T3, 0, T0).Sb(T3, 0, T1).Addi(T0, T0, 1).Addi(T1, T1, 1).Bltu(T0, T2, loop);
            }
        }

        /// <summary>SHA-256 of a region, whose padding is written here; the digest stays in the state.</summary>
        public void Hash(Region region)
        {
            // 0x80 behind the last byte; the length in bits, big endian, in the last word. 2^32 bits would not fit into memory.
            code.La(T0, region.Label, region.Length).Li(T1, 0x80).Sb(T1, 0, T0);
            code.La(T0, region.Label, region.PaddedLength - 4);
            code.Li(T1, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((uint)region.Length * 8)).Sw(T1, 0, T0);
            Label source = _initialState;
            for (int done = 0, blocks = region.PaddedLength / BlockBytes; done < blocks; source = _state)
            {
                int part = Math.Min(blocks - done, MaximumCount), offset = done * BlockBytes;
                code.La(A0, _state).La(A1, source).La(A2, region.Label, offset).La(A3, region.Label, offset + BlockBytes / 2).Li(A4, part).Ecall(EcallNumber.Sha);
                done += part;
            }
        }

        /// <summary>SHA-256 of a region, to a place.</summary>
        public void Hash(Region region, Place digest)
        {
            Hash(region);
            Copy(digest, new(_state, 0), HashBytes);
        }

        /// <summary>Commits the journal and halts; then writes the data and the panics.</summary>
        public void Finish(Region journal)
        {
            Region message = Place(Assembler.OutputMessage([]));
            Hash(journal, message.At(HashBytes));
            Hash(message);
            if (journal.Length > 0) code.CommitBytes(journal.Label, journal.Length);
            code.Halt(0, _state);
            foreach ((string text, Label label) in _panics)
            {
                Label bytes = code.NewLabel();
                byte[] content = System.Text.Encoding.UTF8.GetBytes(text);
                code.In(SectionKind.ReadOnlyData).Align(4).Mark(bytes).Byte(content).In(SectionKind.Text);
                // EBREAK has no row in the machine: no host can talk the guest out of it.
                code.Mark(label).Li(A0, 0).Li(A1, 0).La(A3, bytes).Li(A4, content.Length).Ecall(HostCall.Panic).Ebreak();
            }
            code.In(SectionKind.Data).Align(4).Mark(_initialState);
            foreach (uint word in (ReadOnlySpan<uint>)[0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19])
                code.Word(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
            code.In(SectionKind.Bss).Align(4).Mark(_state).Space(HashBytes).In(SectionKind.Text);
        }

        // By a jump, because a branch reaches 4 KiB only and a frame has as much code as the model has inputs.
        void PanicUnlessEqual(Register left, Register right, string text)
        {
            if (!_panics.TryGetValue(text, out Label? panic)) _panics.Add(text, panic = code.NewLabel());
            Label good = code.NewLabel();
            code.Beq(left, right, good).J(panic).Mark(good);
        }
    }
}
