using Zkml.Guest.Emission.Code;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Selection;

/// <content>Addresses: linear forms, pointers that move with a loop, offsets in the instruction.</content>
sealed partial class FunctionLowering
{
    // Beyond this number a loop's accesses share pointers by adding constants, because registers are few.
    const int MaximumPointers = 14;

    void Store(StoreStatement store)
    {
        LinearForm form = FormOfAddress(store.Buffer, store.Index);
        Words value = Lower(store.Value);
        Opcode opcode = StoreOpcode(store.Buffer.Type);
        (int pointer, int offset) = Resolve(form, Level, value.High == VirtualInstruction.None ? 0 : 4);
        Append(new() { Kind = InstructionKind.Store, Opcode = opcode, Left = pointer, Right = value.Low, Value = offset });
        if (value.High != VirtualInstruction.None)
            Append(new() { Kind = InstructionKind.Store, Opcode = opcode, Left = pointer, Right = value.High, Value = offset + 4 });
        _bufferVersions[store.Buffer] = ++_lastVersion;
    }

    /// <summary>A register and an offset that fits an instruction, also with <paramref name="lastOffset"/> added.</summary>
    (int Pointer, int Offset) AddressOf(LoopBuffer buffer, Expression index, int lastOffset = 0) => Resolve(FormOfAddress(buffer, index), Level, lastOffset);

    LinearForm FormOfAddress(LoopBuffer buffer, Expression index)
    {
        LinearForm form = Form(index).Times(buffer.Type.ElementBytes);
        return form.With(unchecked(form.Constant + (int)_context.AddressOf(buffer)));
    }

    /// <summary>An expression as a linear form; what is not linear is computed into a register.</summary>
    LinearForm Form(Expression expression)
    {
        if (FormOf(expression) is { } form) return form;
        if (expression is BinaryExpression { Operation: BinaryOperation.Add } sum) return LinearForm.Add(Form(sum.Left), Form(sum.Right));
        if (expression is BinaryExpression { Operation: BinaryOperation.Subtract } difference)
            return LinearForm.Add(Form(difference.Left), Form(difference.Right).Times(-1));
        if (expression is BinaryExpression { Operation: BinaryOperation.Multiply, Right: ConstantExpression factor } product)
            return Form(product.Left).Times((int)factor.Value);
        if (expression is BinaryExpression { Operation: BinaryOperation.ShiftLeft, Right: ConstantExpression count } shift)
            return Form(shift.Left).Times(1 << (int)count.Value);
        return FormOfRegister(Lower32(expression));
    }

    /// <summary>An expression as a linear form of locals, or null where it is none; makes no code.</summary>
    LinearForm? FormOf(Expression expression)
    {
        switch (expression)
        {
            case ConstantExpression constant:
                return LinearForm.Of((int)constant.Value);
            case Local local:
                return _forms.TryGetValue(local, out LinearForm? known) && IsCurrent(known) ? known : FormOfRegister(VariableOf(local).Low);
            case BinaryExpression { Type: ScalarType.Int32, Operation: BinaryOperation.Add or BinaryOperation.Subtract } sum:
                if (FormOf(sum.Left) is not { } left || FormOf(sum.Right) is not { } right) return null;
                return LinearForm.Add(left, sum.Operation == BinaryOperation.Add ? right : right.Times(-1));
            case BinaryExpression { Type: ScalarType.Int32, Operation: BinaryOperation.Multiply, Right: ConstantExpression factor } product:
                return FormOf(product.Left)?.Times((int)factor.Value);
            case BinaryExpression { Type: ScalarType.Int32, Operation: BinaryOperation.ShiftLeft, Right: ConstantExpression count } shift:
                return FormOf(shift.Left)?.Times(1 << (int)count.Value);
            default:
                return null;
        }
    }

    LinearForm FormOfRegister(int register) =>
        IsConstant(register, out int value) ? LinearForm.Of(value) : new([new(register, _versions[register], 1)], 0);

    bool IsCurrent(LinearForm form)
    {
        foreach (Term term in form.Terms)
            if (_versions[term.Register] != term.Version) return false;
        return true;
    }

    // The address of a form whose registers all have their values at a level.
    (int Pointer, int Offset) Resolve(LinearForm form, int level, int lastOffset)
    {
        if (form.Terms.IsEmpty) return ResolveConstant(form.Constant, lastOffset);
        int innermost = 0;
        foreach (Term term in form.Terms) innermost = Math.Max(innermost, _levels[term.Register]);
        if (innermost < level) return Resolve(form, innermost, lastOffset);
        LoopScope? loop = level == 0 ? null : _loops[level - 1];
        LinearForm stable = form, changing = LinearForm.Of(0);
        foreach (Term term in form.Terms)
        {
            if (_levels[term.Register] < level || (loop?.Counter == term.Register)) continue;
            stable = stable.Without(term.Register);
            changing = LinearForm.Add(changing, new([term], 0));
        }
        if (changing.Terms.IsEmpty && level > 0) return ResolvePointer(loop!, stable, level, lastOffset);
        (int register, int offset) = level == 0 ? ResolveConstant(stable.Constant, lastOffset) : Resolve(stable, level, lastOffset);
        foreach (Term term in changing.Terms) register = EmitTerm(register, term);
        return (register, offset);
    }

    int EmitTerm(int sum, Term term)
    {
        if (term.Coefficient == -1) return Emit(Opcode.Sub, sum, term.Register);
        return Emit(Opcode.Add, Emit(Opcode.Mul, term.Register, Constant(term.Coefficient)), sum);
    }

    (int Pointer, int Offset) ResolveConstant(int address, int lastOffset)
    {
        // One instruction gives a multiple of 2^12, and the rest goes into the offset.
        int page = unchecked((address + 0x800) & ~0xFFF);
        return IsShort(address - page + lastOffset) ? (Constant(page), address - page) : (Constant(address), 0);
    }

    (int Pointer, int Offset) ResolvePointer(LoopScope loop, LinearForm form, int level, int lastOffset)
    {
        LinearForm shape = form.With(0);
        if (loop.Pointers.TryGetValue(shape, out List<LoopPointer>? pointers))
        {
            foreach (LoopPointer known in pointers)
            {
                int distance = unchecked(form.Constant - known.Anchor);
                if (IsShort(distance) && IsShort(distance + lastOffset)) return (known.Register, distance);
            }
            if (loop.PointerCount >= MaximumPointers)
            {
                int distance = unchecked(form.Constant - pointers[0].Anchor), page = unchecked((distance + 0x800) & ~0xFFF);
                if (!IsShort(distance - page + lastOffset)) page = distance;
                return (Emit(Opcode.Add, pointers[0].Register, Constant(page)), distance - page);
            }
        }
        else loop.Pointers.Add(shape, pointers = []);
        LoopPointer pointer = NewPointer(loop, form, level);
        pointers.Add(pointer);
        return (pointer.Register, unchecked(form.Constant - pointer.Anchor));
    }

    LoopPointer NewPointer(LoopScope loop, LinearForm form, int level)
    {
        int stride = form.CoefficientOf(loop.Counter);
        LinearForm start = LinearForm.Add(form.Without(loop.Counter), loop.From.Times(stride));
        (int register, int offset) = Resolve(start, level - 1, 0);
        int pointer = NewRegister(level, isVariable: true);
        Append(loop.Preheader, new() { Kind = InstructionKind.Immediate, Opcode = Opcode.Addi, Target = pointer, Left = register, Value = offset });
        loop.PointerCount++;
        return new(pointer, form.Constant, unchecked(stride * loop.Step));
    }
}
