using Zkml.Guest.Emission.Code;
using Zkml.Guest.Emission.Writing;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Selection;

/// <content>Expressions of 64 bits as pairs of words.</content>
sealed partial class FunctionLowering
{
    Words Lower64(Expression expression)
    {
        switch (expression)
        {
            case ConstantExpression constant:
                return new(Constant((int)constant.Value), Constant((int)(constant.Value >> 32)));
            case Local local:
                return VariableOf(local);
            case LoadExpression load:
                (int pointer, int offset) = AddressOf(load.Buffer, load.Index, lastOffset: 4);
                return new(EmitLoad(Opcode.Lw, load.Buffer, pointer, offset), EmitLoad(Opcode.Lw, load.Buffer, pointer, offset + 4));
            case ConvertExpression convert:
                int low = Lower32(convert.Operand);
                return new(low, convert.Conversion == Conversion.ExtendSigned ? EmitImmediate(Opcode.Srai, low, 31) : 0);
            case SelectExpression select:
                (Opcode opcode, int left, int right) = Comparison(select.Condition);
                Words whenTrue = Lower64(select.WhenTrue), whenFalse = Lower64(select.WhenFalse);
                return new(EmitSelect(opcode, left, right, whenTrue.Low, whenFalse.Low, VirtualInstruction.None),
                    EmitSelect(opcode, left, right, whenTrue.High, whenFalse.High, VirtualInstruction.None));
            case CallExpression call:
                return Call(call.Function, call.Arguments, call.Type);
            default:
                return LowerBinary64((BinaryExpression)expression);
        }
    }

    // The low or high word of a 64-bit value; a product of two words is not computed whole for one of its halves.
    int LowerHalf(ConvertExpression convert, int target)
    {
        bool isHigh = convert.Conversion == Conversion.High;
        if (convert.Operand is BinaryExpression { Operation: BinaryOperation.Multiply } product && TryProduct(product, out Opcode opcode, out int left, out int right))
            return Emit(isHigh ? opcode : Opcode.Mul, left, right, target);
        Words words = Lower64(convert.Operand);
        return Copy(isHigh ? words.High : words.Low, target);
    }

    // Whether both factors are extended words; the opcode gives the high word of the product.
    bool TryProduct(BinaryExpression product, out Opcode opcode, out int left, out int right)
    {
        (opcode, left, right) = (Opcode.None, 0, 0);
        if (!TryExtension(product.Left, out bool isLeftSigned, out Expression? leftWord)
            || !TryExtension(product.Right, out bool isRightSigned, out Expression? rightWord))
            return false;
        // A constant that fits both ways takes the other factor's.
        if (IsNonNegativeConstant(leftWord)) isLeftSigned = isRightSigned;
        if (IsNonNegativeConstant(rightWord)) isRightSigned = isLeftSigned;
        left = Lower32(leftWord);
        right = Lower32(rightWord);
        if (!isLeftSigned && isRightSigned) (left, right) = (right, left);
        opcode = isLeftSigned && isRightSigned ? Opcode.Mulh : isLeftSigned || isRightSigned ? Opcode.Mulhsu : Opcode.Mulhu;
        return true;
    }

    static bool IsNonNegativeConstant(Expression expression) => expression is ConstantExpression { Value: >= 0 and <= int.MaxValue };

    static bool TryExtension(Expression expression, out bool isSigned, out Expression word)
    {
        (isSigned, word) = (true, expression);
        switch (expression)
        {
            case ConvertExpression { Conversion: Conversion.ExtendSigned or Conversion.ExtendUnsigned } convert:
                (isSigned, word) = (convert.Conversion == Conversion.ExtendSigned, convert.Operand);
                return true;
            case ConstantExpression { Value: >= int.MinValue and <= uint.MaxValue } constant:
                (isSigned, word) = (constant.Value <= int.MaxValue, Fold.Constant(ScalarType.Int32, constant.Value));
                return true;
            default:
                return false;
        }
    }

    Words LowerBinary64(BinaryExpression binary)
    {
        switch (binary.Operation)
        {
            case BinaryOperation.Multiply when TryProduct(binary, out Opcode high, out int a, out int b):
                return new(Emit(Opcode.Mul, a, b), Emit(high, a, b));
            case BinaryOperation.ShiftLeft or BinaryOperation.ShiftRightLogical or BinaryOperation.ShiftRightArithmetic:
                Words value = Lower64(binary.Left);
                return binary.Right is ConstantExpression constant
                    ? Shift64(binary.Operation, value, (int)constant.Value & 63)
                    : Shift64By(binary.Operation, value, Lower32(binary.Right));
        }
        Words left = Lower64(binary.Left), right = Lower64(binary.Right);
        switch (binary.Operation)
        {
            case BinaryOperation.Add:
                int sum = Emit(Opcode.Add, left.Low, right.Low);
                return new(sum, Emit(Opcode.Add, Emit(Opcode.Add, left.High, right.High), Emit(Opcode.Sltu, sum, right.Low)));
            case BinaryOperation.Subtract:
                return new(Emit(Opcode.Sub, left.Low, right.Low),
                    Emit(Opcode.Sub, Emit(Opcode.Sub, left.High, right.High), Emit(Opcode.Sltu, left.Low, right.Low)));
            case BinaryOperation.Multiply:
                int cross = Emit(Opcode.Add, Emit(Opcode.Mul, left.Low, right.High), Emit(Opcode.Mul, left.High, right.Low));
                return new(Emit(Opcode.Mul, left.Low, right.Low), Emit(Opcode.Add, Emit(Opcode.Mulhu, left.Low, right.Low), cross));
            case BinaryOperation.And or BinaryOperation.Or or BinaryOperation.Xor:
                Opcode opcode = OpcodeOf(binary.Operation);
                return new(Emit(opcode, left.Low, right.Low), Emit(opcode, left.High, right.High));
            default:
                return EmitCall(_context.WideRoutine(binary.Operation), [left, right], ScalarType.Int64);
        }
    }

    Words Shift64(BinaryOperation operation, Words value, int count)
    {
        if (count == 0) return value;
        if (operation == BinaryOperation.ShiftLeft)
        {
            if (count >= 32) return new(0, EmitImmediate(Opcode.Slli, value.Low, count - 32));
            int carried = EmitImmediate(Opcode.Srli, value.Low, 32 - count);
            return new(EmitImmediate(Opcode.Slli, value.Low, count), Emit(Opcode.Or, EmitImmediate(Opcode.Slli, value.High, count), carried));
        }
        Opcode shift = operation == BinaryOperation.ShiftRightLogical ? Opcode.Srli : Opcode.Srai;
        if (count >= 32)
        {
            int high = shift == Opcode.Srli ? 0 : EmitImmediate(Opcode.Srai, value.High, 31);
            return new(EmitImmediate(shift, value.High, count - 32), high);
        }
        int fallen = EmitImmediate(Opcode.Slli, value.High, 32 - count);
        return new(Emit(Opcode.Or, EmitImmediate(Opcode.Srli, value.Low, count), fallen), EmitImmediate(shift, value.High, count));
    }

    // Shift instructions take the count modulo 32. From 32 on the words change places; the bits that cross are shifted once and then by
    // 31 - count, because a shift by 32 does not exist.
    Words Shift64By(BinaryOperation operation, Words value, int count)
    {
        int rest = EmitImmediate(Opcode.Xori, count, -1), isLong = EmitImmediate(Opcode.Andi, count, 32);
        if (operation == BinaryOperation.ShiftLeft)
        {
            int low = Emit(Opcode.Sll, value.Low, count);
            int carried = Emit(Opcode.Srl, EmitImmediate(Opcode.Srli, value.Low, 1), rest);
            int high = Emit(Opcode.Or, Emit(Opcode.Sll, value.High, count), carried);
            return new(EmitSelect(Opcode.Bne, isLong, 0, 0, low, VirtualInstruction.None), EmitSelect(Opcode.Bne, isLong, 0, low, high, VirtualInstruction.None));
        }
        Opcode shift = operation == BinaryOperation.ShiftRightLogical ? Opcode.Srl : Opcode.Sra;
        int shifted = Emit(shift, value.High, count);
        int fallen = Emit(Opcode.Sll, EmitImmediate(Opcode.Slli, value.High, 1), rest);
        int joined = Emit(Opcode.Or, Emit(Opcode.Srl, value.Low, count), fallen);
        int filled = shift == Opcode.Srl ? 0 : EmitImmediate(Opcode.Srai, value.High, 31);
        return new(EmitSelect(Opcode.Bne, isLong, 0, shifted, joined, VirtualInstruction.None), EmitSelect(Opcode.Bne, isLong, 0, filled, shifted, VirtualInstruction.None));
    }

    int Compare64(BinaryExpression compare, int target)
    {
        Words left = Lower64(compare.Left), right = Lower64(compare.Right);
        if (compare.Operation is BinaryOperation.Equal or BinaryOperation.NotEqual)
        {
            int difference = Emit(Opcode.Or, Emit(Opcode.Xor, left.Low, right.Low), Emit(Opcode.Xor, left.High, right.High));
            return IsZero(difference, compare.Operation == BinaryOperation.Equal, target);
        }
        Opcode opcode = compare.Operation == BinaryOperation.LessSigned ? Opcode.Slt : Opcode.Sltu;
        if (right is { Low: 0, High: 0 }) return Emit(opcode, left.High, 0, target);
        int highLess = Emit(opcode, left.High, right.High), lowLess = Emit(Opcode.Sltu, left.Low, right.Low);
        int highSame = IsZero(Emit(Opcode.Xor, left.High, right.High), true, VirtualInstruction.None);
        return Emit(Opcode.Or, highLess, Emit(Opcode.And, highSame, lowLess), target);
    }

    void Branch64(BinaryExpression compare, bool wanted, BasicBlock target)
    {
        Words left = Lower64(compare.Left), right = Lower64(compare.Right);
        bool isEquality = compare.Operation is BinaryOperation.Equal or BinaryOperation.NotEqual;
        if (isEquality)
        {
            if (compare.Operation == BinaryOperation.Equal != wanted)
            {
                EmitBranch(Opcode.Bne, left.Low, right.Low, target);
                EmitBranch(Opcode.Bne, left.High, right.High, target);
                return;
            }
            BasicBlock different = NewBlock();
            EmitBranch(Opcode.Bne, left.Low, right.Low, different);
            EmitBranch(Opcode.Beq, left.High, right.High, target);
            Start(different);
            return;
        }
        Opcode less = compare.Operation == BinaryOperation.LessSigned ? Opcode.Blt : Opcode.Bltu;
        if (right is { Low: 0, High: 0 })
        {
            EmitBranch(wanted ? less : MachineInstruction.Opposite(less), left.High, 0, target);
            return;
        }
        // Wanted less: the high word is less, or equal and the low one less. Wanted the opposite: the same with the roles changed.
        BasicBlock decided = NewBlock();
        EmitBranch(less, wanted ? left.High : right.High, wanted ? right.High : left.High, target);
        EmitBranch(Opcode.Bne, left.High, right.High, decided);
        EmitBranch(wanted ? Opcode.Bltu : Opcode.Bgeu, left.Low, right.Low, target);
        Start(decided);
    }
}
