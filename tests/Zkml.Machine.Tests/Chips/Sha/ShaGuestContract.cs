using Zkml.Fields;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips.Sha;

/// <summary>The contract of the SHA-256 chips on a few jobs: no block, one, several; state in place, halves of a block apart or the same.</summary>
public abstract class ShaGuestContract : GuestChipContract
{
    /// <summary>Where the states stand, and the blocks.</summary>
    protected const uint State = Data, Out = Data + 0x40, Block = Data + 0x1000;

    /// <summary>Rows of the load, and of the store, of the job that only writes its state back to where it was.</summary>
    protected const int InPlaceJob = 2;

    protected override void Run(HandMadeGuest guest) => Jobs(guest);

    /// <summary>Four jobs with 0, 2, 0 and 1 blocks.</summary>
    public static HandMadeGuest Jobs(HandMadeGuest guest)
    {
        for (uint i = 0; i < 8; i++) guest.Define(State + 4 * i, 0x6789_ABCD * (i + 1) ^ 0x0102_0304);
        for (uint i = 0; i < 48; i++) guest.Define(Block + 4 * i, i < CornerWords.Length ? CornerWords[i] : 0x9E37_79B9 * i);
        guest.Sha(Out, State, Block, Block + 32, 0);
        guest.Sha(Out, State, Block, Block + 32, 2);
        guest.Sha(Out, Out, 0, 0xFFFF_FFFC, 0);
        return guest.Sha(State, Out, Block + 4, Block + 4, 1);
    }

    /// <summary>A small number below 0.</summary>
    protected static KoalaBear Minus(uint value) => -KoalaBear.FromCanonical(value);
}
