using System.Buffers.Binary;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;

namespace Zkml.Machine.Chips.Sha;

/// <summary>A request to ShaMemory.</summary>
public struct ShaAccessMessage<T> where T : unmanaged { public T IsWrite, Time, Word; public Word<T> Value; }

/// <summary>From the head to the load (D6): word addresses and the number of blocks.</summary>
public struct ShaStartMessage<T> where T : unmanaged { public T Pc4, Clock, OutWord, InWord, Block1Word, Block2Word, Count; }

/// <summary>The token between load, blocks and store; the state in native (big-endian decoded) words.</summary>
public struct ShaMessage<T> where T : unmanaged { public T Pc4, Clock, OutWord, Block1Word, Block2Word, Remaining; public Words8<T> State; }

/// <summary>From a block to its 64 rounds.</summary>
public struct ShaRoundStartMessage<T> where T : unmanaged { public T Clock, Block1Word, Block2Word; public Words8<T> State; }

/// <summary>From the rounds back to their block: the working variables a…h.</summary>
public struct ShaRoundEndMessage<T> where T : unmanaged { public T Clock; public Words8<T> Working; }

/// <summary>A word of the message schedule, or σ0 or σ1 of one.</summary>
public struct ShaScheduleMessage<T> where T : unmanaged { public T Kind, Clock, Round; public Word<T> Value; }

/// <summary>What is fixed about round t.</summary>
public struct ShaConstantMessage<T> where T : unmanaged
{
    public T Round;
    public Word<T> Constant;
    public T IsFirstLoad, IsSecondLoad;             // t < 8, 8 ≤ t < 16
    public T WordUses, SmallSigma0Uses, SmallSigma1Uses;
}

/// <summary>Conversions between events, which hold words as in memory, and native words.</summary>
static class ShaWords
{
    /// <summary>Memory bytes of a SHA word are big-endian.</summary>
    public static uint Native(uint memoryWord) => BinaryPrimitives.ReverseEndianness(memoryWord);

    /// <summary>Writes eight memory-form words as native limbs.</summary>
    public static void Fill(ref Words8<KoalaBear> columns, in Records.Words8 memoryWords)
    {
        for (int i = 0; i < 8; i++) columns[i].Set(Native(memoryWords[i]));
    }
}
