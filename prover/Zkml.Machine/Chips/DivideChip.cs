using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one DIV, DIVU, REM or REMU. Shape [rows × 39].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DivideColumns<T> where T : unmanaged
{
    public T IsReal;                        // bool; 0 on padding rows
    public T IsUnsigned;                    // bool: DIVU, REMU
    public T IsRemainder;                   // bool: REM, REMU
    public T Pc4, Clock;                    // field; from the state token
    public T Rd, Rs1, Rs2;                  // register numbers; from the ROM
    public ReadColumns<T> Left, Right;      // dividend and divisor
    public WriteColumns<T> Destination;     // rd
    public T LeftSign, RightSign;           // bool: bit 31; 0 in unsigned forms
    public T IsZeroDivisor;                 // bool
    public T Divisor0, Divisor1, Divisor2, Divisor3;     // bytes of |divisor|
    public T DivisorCarry;                  // bool: borrow of the low limb when the divisor is negated
    public T Quotient0, Quotient1, Quotient2, Quotient3; // bytes of |quotient|
    public Word<T> Remainder;               // u16 limbs of |remainder|
    public T CarryFirst, CarrySecond;       // bytes: the carry out of the low limb of the product is their sum
    public T Borrow;                        // bool: of the low limb of |divisor| - |remainder| - 1
    public T IsNegative;                    // bool: the result is minus the magnitude
    public T ResultCarry0, ResultCarry1;    // bool: carries of the negation
    public Word<T> Result;                  // u16 limbs
}

/// <summary>
/// Proves that rd becomes the quotient, rounded towards zero, or the remainder of rs1 by rs2 as signed or unsigned words, and the program goes on
/// at the next instruction. Division by zero gives a quotient of 2^32 - 1 and the dividend as remainder; -2^31 by -1 gives -2^31 and 0.
/// </summary>
/// <remarks>
/// Everything is done on magnitudes, which are unique: |dividend| = |quotient|·|divisor| + |remainder| over the integers, with
/// |remainder| &lt; |divisor| unless the divisor is 0. The sign of the remainder is the dividend's, that of the quotient the product of both, and
/// a magnitude of 0 has one negation, 0. The overflow needs no case of its own: 2^31 / 1, not negated, is the word of -2^31.
/// </remarks>
public readonly struct DivideAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_byte = KoalaBear.FromCanonical(1 << 8), s_limb = KoalaBear.FromCanonical(1 << 16);

    public string Name => "Divide";

    public int Width => Columns.Width<DivideColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.Divide;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<DivideColumns<KoalaBear>, KoalaBear>(row);
        var opcode = (Opcode)e.Step.Opcode;
        bool isUnsigned = opcode is Opcode.Divu or Opcode.Remu, isRemainder = opcode is Opcode.Rem or Opcode.Remu;
        c.IsReal = KoalaBear.One;
        c.IsUnsigned = KoalaBear.FromBool(isUnsigned);
        c.IsRemainder = KoalaBear.FromBool(isRemainder);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        c.Result.Set(e.Result.Value);

        bool isLeftNegative = !isUnsigned && (int)e.Left.Value < 0, isRightNegative = !isUnsigned && (int)e.Right.Value < 0;
        bool isNegative = isLeftNegative ^ (isRightNegative && !isRemainder);
        c.LeftSign = KoalaBear.FromBool(isLeftNegative);
        c.RightSign = KoalaBear.FromBool(isRightNegative);
        c.IsNegative = KoalaBear.FromBool(isNegative);
        FillMagnitudes(ref c, in e, isLeftNegative, isRightNegative, isNegative, isRemainder);
    }

    static void FillMagnitudes(ref DivideColumns<KoalaBear> c, in AluEvent e, bool isLeftNegative, bool isRightNegative, bool isNegative, bool isRemainder)
    {
        uint dividend = isLeftNegative ? 0 - e.Left.Value : e.Left.Value, divisor = isRightNegative ? 0 - e.Right.Value : e.Right.Value;
        // Without a divisor the result is fixed, and the quotient's magnitude is what its sign makes of it.
        uint quotient = divisor != 0 ? dividend / divisor : isNegative ? 1 : uint.MaxValue;
        uint remainder = dividend - quotient * divisor, magnitude = isRemainder ? remainder : quotient;
        c.IsZeroDivisor = KoalaBear.FromBool(divisor == 0);
        (c.Divisor0, c.Divisor1, c.Divisor2, c.Divisor3) = (Byte(divisor, 0), Byte(divisor, 1), Byte(divisor, 2), Byte(divisor, 3));
        c.DivisorCarry = KoalaBear.FromBool(isRightNegative && (divisor & 0xFFFF) != 0);
        (c.Quotient0, c.Quotient1, c.Quotient2, c.Quotient3) = (Byte(quotient, 0), Byte(quotient, 1), Byte(quotient, 2), Byte(quotient, 3));
        c.Remainder.Set(remainder);
        ulong low = (ulong)(quotient & 0xFFFF) * (divisor & 0xFFFF) - ((ulong)(quotient >> 8 & 0xFF) * (divisor >> 8 & 0xFF) << 16) + (remainder & 0xFFFF);
        // A negative dividend stands in the equation as 2^32 less its word.
        uint carry = (uint)(isLeftNegative ? low + (e.Left.Value & 0xFFFF) >> 16 : low >> 16);
        c.CarryFirst = KoalaBear.FromCanonical(Math.Min(carry, 255));
        c.CarrySecond = KoalaBear.FromCanonical(carry - Math.Min(carry, 255));
        c.Borrow = KoalaBear.FromBool(divisor != 0 && (divisor & 0xFFFF) <= (remainder & 0xFFFF));
        c.ResultCarry0 = KoalaBear.FromBool(isNegative && (magnitude & 0xFFFF) != 0);
        c.ResultCarry1 = KoalaBear.FromBool(isNegative && magnitude != 0);
    }

    static KoalaBear Byte(uint word, int index) => KoalaBear.FromCanonical(word >> 8 * index & 0xFF);

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<DivideColumns<T>, T>(rows.Local);
        // IsReal and IsRemainder are bits; IsUnsigned is 0 or IsReal, so that no multiplicity is negative.
        b.AssertBool(c.IsReal);
        b.AssertBool(c.IsRemainder);
        b.AssertZero(c.IsUnsigned * (c.IsReal - c.IsUnsigned), "IsUnsigned in {0, IsReal}");

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Div) + c.IsUnsigned + c.IsRemainder * s_two,
            Rd = c.Rd, Rs1 = c.Rs1, Rs2 = c.Rs2,
        });
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));

        Word<T> divisor = ConstrainDivisor(ref b, in c);
        ConstrainQuotient(ref b, in c, divisor);
        ConstrainResult(ref b, in c);
    }

    // The signs are true and the Divisor bytes are |divisor|; returns its limbs.
    static Word<T> ConstrainDivisor<TBuilder, T>(ref TBuilder b, in DivideColumns<T> c)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        // Each sign is 0 in unsigned forms and bit 15 of the high limb h in signed ones: 2h - 2^16·sign is in [0, 2^16) for the true bit only.
        T isSigned = c.IsReal - c.IsUnsigned;
        b.AssertZero(c.LeftSign * (isSigned - c.LeftSign), "LeftSign in {0, isSigned}");
        b.AssertZero(c.RightSign * (isSigned - c.RightSign), "RightSign in {0, isSigned}");
        Row.CheckU16(ref b, isSigned, c.Left.Value.Hi * s_two - c.LeftSign * s_limb);
        Row.CheckU16(ref b, isSigned, c.Right.Value.Hi * s_two - c.RightSign * s_limb);

        // |divisor| = divisor, or 2^32 - divisor limb by limb. The limbs are checked bytes, so both sides are below 2^18: the equations hold
        // over the integers and leave one value for the carry.
        CheckBytes(ref b, c.IsReal, c.Divisor0, c.Divisor1);
        CheckBytes(ref b, c.IsReal, c.Divisor2, c.Divisor3);
        b.AssertBool(c.DivisorCarry);
        var divisor = new Word<T> { Lo = c.Divisor0 + c.Divisor1 * s_byte, Hi = c.Divisor2 + c.Divisor3 * s_byte };
        T factor = Row.Constant<T>(1) - c.RightSign * s_two;
        b.AssertEqual(divisor.Lo, factor * c.Right.Value.Lo + c.DivisorCarry * s_limb, "low limb of |divisor|");
        b.AssertEqual(divisor.Hi, factor * c.Right.Value.Hi - c.DivisorCarry + c.RightSign * s_limb, "high limb of |divisor|");
        return divisor;
    }

    // |dividend| = |quotient|·|divisor| + |remainder| over the integers, and |remainder| < |divisor| unless the divisor is 0.
    static void ConstrainQuotient<TBuilder, T>(ref TBuilder b, in DivideColumns<T> c, Word<T> divisor)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T q0 = c.Quotient0, q1 = c.Quotient1, q2 = c.Quotient2, q3 = c.Quotient3;
        T d0 = c.Divisor0, d1 = c.Divisor1, d2 = c.Divisor2, d3 = c.Divisor3;
        CheckBytes(ref b, c.IsReal, q0, q1);
        CheckBytes(ref b, c.IsReal, q2, q3);
        Row.CheckWord(ref b, c.IsReal, c.Remainder);

        // Limb by limb with one carry. In a true division it is at most 510: (255² + 2^8·2·255² + 2·(2^16 - 1)) / 2^16, and the two bytes allow
        // no more, so both sides are below 2^26 and the equations hold over the integers. The dividend's magnitude is its word, or 2^32 less
        // its word; only the sum of its two limbs counts, so the low one may be negative.
        CheckBytes(ref b, c.IsReal, c.CarryFirst, c.CarrySecond);
        T carry = c.CarryFirst + c.CarrySecond, factor = Row.Constant<T>(1) - c.LeftSign * s_two;
        b.AssertEqual(q0 * d0 + (q0 * d1 + q1 * d0) * s_byte + c.Remainder.Lo, factor * c.Left.Value.Lo + carry * s_limb, "low limb of |dividend|");
        b.AssertEqual(q0 * d2 + q1 * d1 + q2 * d0 + (q0 * d3 + q1 * d2 + q2 * d1 + q3 * d0) * s_byte + c.Remainder.Hi + carry,
            factor * c.Left.Value.Hi + c.LeftSign * s_limb, "high limb of |dividend|");
        // Every other product of bytes has weight 2^32 or more. They are not negative and add up to less than 2^19: 0 means that all are 0.
        b.AssertZero(q1 * d3 + q2 * d2 + q3 * d1 + q2 * d3 + q3 * d2 + q3 * d3, "no product above 2^32");

        // IsZeroDivisor = 1 forces both limbs of the divisor to 0 (their sum is below 2^17). With 0, |divisor| - |remainder| - 1 has limbs in
        // [0, 2^16) after one borrow, all terms below 2^18: the remainder is less than the divisor, which is therefore not 0.
        b.AssertZero(c.IsZeroDivisor * (c.IsReal - c.IsZeroDivisor), "IsZeroDivisor in {0, IsReal}");
        b.AssertZeroWhen(c.IsZeroDivisor, c.Right.Value.Lo + c.Right.Value.Hi);
        b.AssertBool(c.Borrow);
        T isCompared = c.IsReal - c.IsZeroDivisor;
        Row.CheckU16(ref b, isCompared, divisor.Lo - c.Remainder.Lo - Row.Constant<T>(1) + c.Borrow * s_limb);
        Row.CheckU16(ref b, isCompared, divisor.Hi - c.Remainder.Hi - c.Borrow);
    }

    // The result is ± the magnitude mod 2^32, or 2^32 - 1 for a quotient by 0.
    static void ConstrainResult<TBuilder, T>(ref TBuilder b, in DivideColumns<T> c)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        Row.CheckWord(ref b, c.IsReal, c.Result);
        // The remainder has the dividend's sign, the quotient the product of both: bits, since their inputs are.
        T isQuotient = c.IsReal - c.IsRemainder;
        b.AssertEqual(c.IsNegative, c.LeftSign + isQuotient * (c.RightSign - c.LeftSign * c.RightSign * s_two), "IsNegative");

        // All limbs are in [0, 2^16) and the carries are bits, so both sides are below 2^18 and the carries are unique.
        b.AssertBool(c.ResultCarry0);
        b.AssertBool(c.ResultCarry1);
        T factor = Row.Constant<T>(1) - c.IsNegative * s_two;
        T magnitudeLo = isQuotient * (c.Quotient0 + c.Quotient1 * s_byte) + c.IsRemainder * c.Remainder.Lo;
        T magnitudeHi = isQuotient * (c.Quotient2 + c.Quotient3 * s_byte) + c.IsRemainder * c.Remainder.Hi;
        b.AssertEqual(c.Result.Lo, factor * magnitudeLo + c.ResultCarry0 * s_limb, "Result.Lo");
        b.AssertEqual(c.Result.Hi, factor * magnitudeHi - c.ResultCarry0 + c.ResultCarry1 * s_limb, "Result.Hi");

        // A quotient by 0: two limbs below 2^16 that add up to 2·(2^16 - 1) are both 2^16 - 1.
        b.AssertZeroWhen(c.IsZeroDivisor * isQuotient, c.Result.Lo + c.Result.Hi - Row.Constant<T>(2 * 0xFFFF));
    }

    static void CheckBytes<TBuilder, T>(ref TBuilder b, T isReal, T first, T second)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Byte, isReal, new ByteMessage<T> { A = first, B = second });
}
