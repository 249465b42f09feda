using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips.Sha;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips.Sha;

/// <summary>
/// Most false rounds are refused by the rows after them, which were honest. The attacks here go on consistently to the end of the chain
/// (<see cref="ShaChains"/>), so that only the one rule that was broken can refuse them.
/// </summary>
[TestFixture]
public sealed class ShaRoundChipTests : ShaGuestContract
{
    const int Rows = ShaRoundChip.RowsPerBlock, Second = Rows; // the second chain's first row: a chain before and one after it

    static readonly KoalaBear s_one = KoalaBear.One, s_half = KoalaBear.FromCanonical(2).Inverse(), s_radix = KoalaBear.FromCanonical(1 << 16);

    ShaChains _chain = null!;

    protected override MachineChip Chip { get; } = new ShaRoundChip();

    protected override Type ColumnStruct => typeof(ShaRoundColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (169, 149, 30);

    protected override IEnumerable<int> MutatedRows(int rowCount) => [0, 7, 8, 15, 16, 47, 48, 63, 64, Second, Second + 62, rowCount - 1];

    protected override IReadOnlyDictionary<string, string> FreeCells
    {
        get
        {
            var free = new Dictionary<string, string> { ["Address"] = "rounds from 16 on read nothing" };
            foreach (string word in (string[])["Word16", "Word7", "Sigma15", "Sigma2", "CarryW"]) AddWord(word, "rounds before 16 take nothing from the schedule");
            foreach (string word in (string[])["Fixed.Constant", "CarryA", "CarryE"]) AddWord(word, "the end row is no round");
            foreach (string bytes in (string[])["EAndF", "EAndG", "AAndB", "CAndAXorB"])
                for (int k = 0; k < 4; k++) free.Add($"{bytes}[{k}]", "the end row is no round");
            return free;

            void AddWord(string word, string reason)
            {
                free.Add($"{word}.Lo", reason);
                free.Add($"{word}.Hi", reason);
            }
        }
    }

    protected override IReadOnlyDictionary<string, string> UnshownNeeds => new Dictionary<string, string>
    {
        ["c.IsStart"] = "follows from the chain; stated because the session's bounds read from it that a row takes at most one ShaRoundStart",
        ["c.IsRound"] = "follows from the chain; stated because the session's bounds read from it that a row looks up at most one round",
        ["c.IsEnd"] = "follows from the chain; stated because the session's bounds read from it that a row sends at most one ShaRoundEnd",
    };

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        ChipSegment segment = CreateSegment();
        _chain = new ShaChains(segment.Record.ShaBlock.Items[1], FillChain);
        AddBrokenLinks(attacks);
        AddFalseRounds(attacks);
        AddFalseWords(attacks);
        AddFalseBits(attacks);
        AddFalsePadding(attacks);
    }

    KoalaBear[] FillChain(ShaBlockEvent e) => Forge(record => record.ShaBlock.MutableItems[1] = e).Rows(Second, Rows).ToArray();

    // From one round to the next, something changes.
    void AddBrokenLinks(AttackList attacks)
    {
        const int round = 20;
        uint[] state = _chain.StateAt(round + 1);
        for (int i = 0; i < 8; i++)
        {
            for (int bit = 0; bit < 32; bit += 8)
            {
                uint[] changed = [.. state];
                changed[i] ^= 1u << bit;
                attacks.AddRun($"variable {(char)('a' + i)}, bit {bit} turned between rounds", Second + round + 1, _chain.From(round + 1, changed));
            }
        }
        foreach ((int at, string name, Func<ShaBlockEvent, ShaBlockEvent> change) in (IEnumerable<(int, string, Func<ShaBlockEvent, ShaBlockEvent>)>)
            [(15, "clock", e => e with { Clock = e.Clock + 4 }), (3, "first pointer", e => e with { Block1Word = e.Block1Word + 1 }), (9, "second pointer", e => e with { Block2Word = e.Block2Word + 1 })])
            attacks.AddRun($"another {name} from round {at + 1} on", Second + at + 1, _chain.From(at + 1, _chain.StateAt(at + 1), change), anyInputs: true);
        attacks.AddRun("a chain of another state", Second, _chain.From(0, state));
        AddWrongLengths(attacks);
    }

    void AddWrongLengths(AttackList attacks)
    {
        KoalaBear[] empty = new KoalaBear[Rows * Chip.Width];
        KoalaBear[] honest = _chain.Honest;

        KoalaBear[] skipped = [.. honest.AsSpan(0, 20 * Chip.Width), .. _chain.From(21, _chain.StateAt(20)), .. empty.AsSpan(0, Chip.Width)];
        attacks.AddRun("round 20 left out", Second, skipped, anyInputs: true);

        KoalaBear[] early = [.. honest.AsSpan(0, 41 * Chip.Width), .. empty.AsSpan(41 * Chip.Width)];
        View(early, 40).IsRound = KoalaBear.Zero;
        View(early, 40).IsEnd = s_one;
        ClearFlags(ref View(early, 40));
        attacks.AddRun("an end at round 40", Second, early, anyInputs: true);

        KoalaBear[] cut = [.. honest.AsSpan(0, 41 * Chip.Width), .. empty.AsSpan(41 * Chip.Width)];
        View(cut, 40).IsRound = KoalaBear.Zero;
        ClearFlags(ref View(cut, 40));
        attacks.AddRun("no row at round 40", Second, cut, anyInputs: true);

        KoalaBear[] late = [.. empty.AsSpan(0, 20 * Chip.Width), .. honest.AsSpan(20 * Chip.Width)];
        attacks.AddRun("a chain that begins at round 20", Second, late, anyInputs: true);
        KoalaBear[] start = [.. late];
        View(start, 20).IsStart = s_one;
        attacks.AddRun("a start at round 20", Second, start, anyInputs: true);
        KoalaBear[] restarted = [.. honest.AsSpan(0, 30 * Chip.Width), .. honest.AsSpan(0, 35 * Chip.Width)];
        attacks.AddRun("a start in the middle of a chain", Second, restarted, anyInputs: true);

        attacks.AddRun("a first row that starts nothing", 0, [.. _chain.From(30, _chain.StateAt(30)), .. empty.AsSpan(0, 30 * Chip.Width)], anyInputs: true);
        attacks.Add("an end row twice over", Second + 64, row => Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(row).IsEnd += s_one, anyInputs: true);
        attacks.Add("a start row taken twice", Second, row => Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(row).IsStart += s_one, anyInputs: true);
    }

    // One column of a round is false.
    void AddFalseRounds(AttackList attacks)
    {
        for (int k = 0; k < 4; k++)
        {
            int index = k;
            AddContinued(attacks, $"e & f, byte {k}", (ref c) => c.EAndF[index] += s_one);
            AddContinued(attacks, $"e & g, byte {k}", (ref c) => c.EAndG[index] += s_one);
            AddContinued(attacks, $"a & b, byte {k}", (ref c) => RaiseConjunction(ref c, index));
            AddContinued(attacks, $"c & (a ^ b), byte {k}", (ref c) => c.CAndAXorB[index] += s_one);
        }
        AddContinued(attacks, "Σ0, low limb", (ref c) => c.BigSigma0.Lo += s_one);
        AddContinued(attacks, "Σ0, high limb", (ref c) => c.BigSigma0.Hi += s_one);
        AddContinued(attacks, "Σ1, low limb", (ref c) => c.BigSigma1.Lo += s_one);
        AddContinued(attacks, "Σ1, high limb", (ref c) => c.BigSigma1.Hi += s_one);
        AddContinued(attacks, "K, low limb", (ref c) => c.Fixed.Constant.Lo += s_one);
        AddContinued(attacks, "K, high limb", (ref c) => c.Fixed.Constant.Hi += s_one);

        // A limb that is 1 off, made up for by carries that are fractions.
        const int round = 33;
        KoalaBear inverse = s_radix.Inverse();
        foreach (int variable in (int[])[0, 4])
        {
            uint[] state = _chain.StateAt(round + 1);
            state[variable] ^= 1;
            KoalaBear difference = (state[variable] & 1) != 0 ? s_one : -s_one;
            KoalaBear[] rows = [.. _chain.Honest.AsSpan(round * Chip.Width, Chip.Width), .. _chain.From(round + 1, state)];
            ref Word<KoalaBear> carry = ref variable == 0 ? ref View(rows, 0).CarryA : ref View(rows, 0).CarryE;
            carry.Lo -= difference * inverse;
            carry.Hi -= difference * inverse * inverse;
            attacks.AddRun($"variable {(char)('a' + variable)} with carries that are no bytes", Second + round, rows);
        }
    }

    // One more in a & b is two less in a ^ b; c's conjunction with that is right again.
    static void RaiseConjunction(ref ShaRoundColumns<KoalaBear> c, int index)
    {
        uint a = 0;
        for (int bit = 0; bit < 8; bit++) a |= c.A[8 * index + bit].ToCanonical() << bit;
        uint xor = a ^ c.B[index].ToCanonical();
        if (xor < 2) return;
        c.AAndB[index] += s_one;
        c.CAndAXorB[index] = KoalaBear.FromCanonical(c.C[index].ToCanonical() & (xor - 2));
    }

    // W_63 is in no later word's sum, so that a false one stays in its row.
    void AddFalseWords(AttackList attacks)
    {
        foreach (int bit in (int[])[0, 16])
            attacks.AddRun($"W, bit {bit}", Second + 63, _chain.Continue(63, (ref c) => Turn(ref c, bit))!);
        KoalaBear inverse = s_radix.Inverse();
        attacks.AddRun("W with carries that are no bytes", Second + 63, _chain.Continue(63, (ref c) =>
        {
            KoalaBear difference = Turn(ref c, 0);
            c.CarryW.Lo -= difference * inverse;
            c.CarryW.Hi -= difference * inverse * inverse;
        })!);
        attacks.Add("W of another address in the first half", Second + 5, row => Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(row).Address += s_one, anyInputs: true);
        attacks.Add("W of another address in the second half", Second + 10, row => Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(row).Address += s_one, anyInputs: true);

        attacks.AddRun("W_(t-16) that was never sent", Second + 63, _chain.Continue(63, (ref c) => c.Word16.Lo += Turn(ref c, 0))!);
        attacks.AddRun("W_(t-7) that was never sent", Second + 63, _chain.Continue(63, (ref c) => c.Word7.Lo += Turn(ref c, 0))!);
        attacks.AddRun("σ0(W_(t-15)) that was never sent", Second + 63, _chain.Continue(63, (ref c) => c.Sigma15.Lo += Turn(ref c, 0))!);
        attacks.AddRun("σ1(W_(t-2)) that was never sent", Second + 63, _chain.Continue(63, (ref c) => c.Sigma2.Lo += Turn(ref c, 0))!);

        // Returns by how much W changes.
        static KoalaBear Turn(ref ShaRoundColumns<KoalaBear> c, int bit)
        {
            KoalaBear before = c.W[bit];
            c.W[bit] = s_one - before;
            ShaChains.SetSmallSigmas(ref c);
            return c.W[bit] - before;
        }
    }

    // A column that should be a bit is none, and all sums are as the constraints want them.
    void AddFalseBits(AttackList attacks)
    {
        for (int i = 0; i < 32; i++)
        {
            AddFalseBit(attacks, i);
            AddFalseResult(attacks, 'a', i);
            AddFalseResult(attacks, 'e', i);
        }
    }

    // W's limb stays what it is, but σ0 and σ1 change: bits 1, 0 instead of 0, 1/2 … or 0, 1 as 2, 0 where it is the lowest bit.
    void AddFalseBit(AttackList attacks, int bit)
    {
        for (int t = 1; t < 48; t++)
        {
            KoalaBear[] row = _chain.Honest[(t * Chip.Width)..((t + 1) * Chip.Width)];
            ref var c = ref View(row, 0);
            bool hasLower = bit % 16 != 0 && c.W[bit - 1] == s_one, hasHigher = bit % 16 == 0 && c.W[bit] == KoalaBear.Zero && c.W[bit + 1] == s_one;
            if (!hasLower && !hasHigher) continue;
            Word<KoalaBear> honest = c.SmallSigma0;
            c.W[bit] += hasLower ? s_half : KoalaBear.FromCanonical(2);
            c.W[hasLower ? bit - 1 : bit + 1] = KoalaBear.Zero;
            ShaChains.SetSmallSigmas(ref c);
            // Changes of two bits of σ0 may cancel.
            if (c.SmallSigma0.Lo == honest.Lo && c.SmallSigma0.Hi == honest.Hi) continue;
            attacks.AddRun($"W, bit {bit} that is none", Second + t, row);
            return;
        }
        throw new InvalidOperationException($"No round has the bits for an attack on bit {bit}.");
    }

    // The result's limb is 2^16 too high, made up for by the carry of round 63; the end row hands it to the block as it is.
    void AddFalseResult(AttackList attacks, char variable, int bit)
    {
        KoalaBear[] rows = _chain.Honest[(63 * Chip.Width)..];
        ref var last = ref View(rows, 0);
        ref var end = ref View(rows, 1);
        ref Word<KoalaBear> carry = ref variable == 'a' ? ref last.CarryA : ref last.CarryE;
        ref Bits32<KoalaBear> bits = ref variable == 'a' ? ref end.A : ref end.E;
        if (bit < 16)
        {
            // One carry less from the low limb, so the high limb is one lower.
            uint hi = ShaChains.Limbs(in bits).Hi.ToCanonical();
            Assert.That((carry.Lo.ToCanonical() > 0, hi > 0), Is.EqualTo((true, true)), "The block does not suit this attack.");
            carry.Lo -= s_one;
            ShaChains.SetHalf(ref bits, 16, hi - 1);
        }
        else
        {
            Assert.That(carry.Hi.ToCanonical(), Is.GreaterThan(0), "The block does not suit this attack.");
            carry.Hi -= s_one;
        }
        bits[bit] += KoalaBear.FromCanonical(1u << 16 - bit % 16);
        ShaChains.SetBigSigmas(ref end);
        attacks.AddRun($"{variable}, bit {bit} that is none", Second + 63, rows);
    }

    // Rows outside of chains that put something on a bus.
    void AddFalsePadding(AttackList attacks)
    {
        int padding = RowCount + 1;
        attacks.Add("a load of the first half", padding, row => View(row).Fixed.IsFirstLoad = s_one, anyInputs: true);
        attacks.Add("a load of the second half", padding, row =>
        {
            View(row).Fixed.IsSecondLoad = s_one;
            View(row).Address = Minus(8);
        }, anyInputs: true);
        attacks.Add("a word", padding, row => View(row).Fixed.WordUses = s_one, anyInputs: true);
        attacks.Add("a σ0", padding, row => View(row).Fixed.SmallSigma0Uses = s_one, anyInputs: true);
        attacks.Add("a σ1", padding, row => View(row).Fixed.SmallSigma1Uses = s_one, anyInputs: true);
    }

    void AddContinued(AttackList attacks, string name, RoundChange change)
    {
        for (int round = 16; round < 63; round++)
        {
            if (_chain.Continue(round, change) is not { } rows) continue;
            attacks.AddRun(name, Second + round, rows);
            return;
        }
        throw new InvalidOperationException($"No round suits the attack on {name}.");
    }

    static void ClearFlags(ref ShaRoundColumns<KoalaBear> c)
    {
        (c.Fixed.IsFirstLoad, c.Fixed.IsSecondLoad, c.Fixed.WordUses) = (default, default, default);
        (c.Fixed.SmallSigma0Uses, c.Fixed.SmallSigma1Uses) = (default, default);
    }

    ref ShaRoundColumns<KoalaBear> View(KoalaBear[] rows, int index) =>
        ref Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(rows.AsSpan(index * Chip.Width, Chip.Width));

    static ref ShaRoundColumns<KoalaBear> View(Span<KoalaBear> row) => ref Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(row);
}
