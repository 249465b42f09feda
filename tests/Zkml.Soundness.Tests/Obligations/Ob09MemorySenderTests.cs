using Zkml.Air;
using Zkml.Machine;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-9: values read inherit their range from who sent them, so the list of Memory senders is closed. A new sender fails this test until its
/// 16-bit argument stands here.
/// </summary>
public sealed class Ob09MemorySenderTests
{
    // Sends of the Memory bus in each chip: reads give back what they took, the rest is new and ranged as said.
    static readonly (MachineChip Chip, int Reads, int Writes, string Argument)[] s_senders =
    [
        (RiscvMachine.AddSub, 2, 1, "both limbs of rd are looked up in U16"),
        (RiscvMachine.AddImmediate, 1, 1, "both limbs of rd are looked up in U16"),
        (RiscvMachine.LessThan, 2, 1, "rd is a bit"),
        (RiscvMachine.Bitwise, 2, 1, "rd is made of the results of byte lookups"),
        (RiscvMachine.Shift, 2, 1, "rd's limbs are looked up, or are parts of words that were"),
        (RiscvMachine.Multiply, 2, 1, "rd's limbs are made of looked-up bytes or looked up"),
        (RiscvMachine.Divide, 2, 1, "quotient and remainder are looked up in U16"),
        (RiscvMachine.LoadWord, 2, 1, "rd takes the limbs of the word read"),
        (RiscvMachine.LoadPart, 2, 1, "rd is made of looked-up bytes of the word read, or its half, and a sign's fill"),
        (RiscvMachine.StoreWord, 2, 1, "memory takes the limbs of rs2"),
        (RiscvMachine.StorePart, 2, 1, "the new half is made of looked-up bytes, or is rs2's low limb; the other stays"),
        (RiscvMachine.Branch, 2, 0, "reads only"),
        (RiscvMachine.Jump, 0, 1, "rd takes the ROM's value"),
        (RiscvMachine.JumpRegister, 1, 1, "the link's low limb is the ROM's, its high limb an exact quotient"),
        (RiscvMachine.HostWord, 0, 1, "the host's word is looked up in U16"),
        (RiscvMachine.ShaMemory, 0, 1, "the word is made of four looked-up bytes, in reads too"),
        (RiscvMachine.Transfer, 0, 1, "the request's sender repeats what it read, or checks what it writes"),
        (RiscvMachine.Bump, 1, 0, "the value is passed on in the same cells"),
        (RiscvMachine.Boundary, 0, 1, "the initial value is the image's, preprocessed, or 0"),
    ];

    [Test]
    public void MemorySenders_OfTheMachine_AreTheListedOnes()
    {
        foreach (MachineChip chip in RiscvMachine.Chips)
        {
            (int reads, int writes) = Sends(chip.Graph);
            (int Reads, int Writes) listed = s_senders.Where(sender => sender.Chip == chip).Select(sender => (sender.Reads, sender.Writes)).SingleOrDefault();
            Assert.That((reads, writes), Is.EqualTo(listed), $"{chip}: (reads, writes) sent on the Memory bus");
        }
    }

    // A send is a read if the chip also receives the same word with the very same value nodes.
    static (int Reads, int Writes) Sends(ExprGraph graph)
    {
        RecordedInteraction[] memory = [.. graph.Interactions.Where(interaction => interaction.Bus == Buses.Memory)];
        RecordedInteraction[] receives = [.. memory.Where(interaction => IsReceive(graph, interaction))];
        int reads = 0, writes = 0;
        foreach (RecordedInteraction send in memory.Except(receives))
        {
            if (receives.Any(receive => receive.Message.AsSpan(0, 4).SequenceEqual(send.Message.AsSpan(0, 4)))) reads++;
            else writes++;
        }
        return (reads, writes);
    }

    // Receives are recorded as 0 - multiplicity.
    static bool IsReceive(ExprGraph graph, RecordedInteraction interaction) => graph.Nodes[interaction.Multiplicity] is { Kind: ExprKind.Subtract, A: 0 };

    // What the argument of the Transfer table rests on: a request repeats what it read, or what it writes is 0 or looked up in U16 by its sender.
    [Test]
    public void AccessRequests_OfTheMachine_RepeatOrCheckWhatTheySend()
    {
        int writes = 0;
        foreach (MachineChip chip in RiscvMachine.Chips.Where(chip => chip != RiscvMachine.Transfer))
        {
            ExprGraph graph = chip.Graph;
            foreach (RecordedInteraction request in graph.Interactions.Where(interaction => interaction.Bus == Buses.Access))
            {
                if (request.Message.AsSpan(2, 2).SequenceEqual(request.Message.AsSpan(4, 2))) continue;
                writes++;
                foreach (int limb in request.Message.AsSpan(4, 2))
                {
                    bool isChecked = limb == 0
                        || graph.Interactions.Any(check => check.Bus == Buses.U16 && check.Message[0] == limb && check.Multiplicity == request.Multiplicity);
                    Assert.That(isChecked, $"{chip}: a request writes a limb that nothing checks");
                }
            }
        }
        Assert.That(writes, Is.EqualTo(3), "the index of INPUT and the two answers of SOFTWARE");
    }
}
