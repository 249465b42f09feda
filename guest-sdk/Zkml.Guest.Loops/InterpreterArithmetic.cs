namespace Zkml.Guest.Loops;

/// <summary>Operations whose corners differ from those of the host's own instructions; they mean what <see cref="Fold"/> says.</summary>
static class InterpreterArithmetic
{
    public static int MultiplyHighSigned(int left, int right) => (int)((long)left * right >> 32);

    public static int MultiplyHighUnsigned(int left, int right) => (int)((ulong)(uint)left * (uint)right >> 32);

    public static int DivideSigned(int left, int right) => right == 0 ? -1 : (int)((long)left / right);

    public static int DivideUnsigned(int left, int right) => right == 0 ? -1 : (int)((uint)left / (uint)right);

    public static int RemainderSigned(int left, int right) => right == 0 ? left : (int)((long)left % right);

    public static int RemainderUnsigned(int left, int right) => right == 0 ? left : (int)((uint)left % (uint)right);

    public static long DivideSigned(long left, long right) => right == 0 ? -1 : right == -1 ? unchecked(-left) : left / right;

    public static long DivideUnsigned(long left, long right) => right == 0 ? -1 : (long)((ulong)left / (ulong)right);

    public static long RemainderSigned(long left, long right) => right == 0 ? left : right == -1 ? 0 : left % right;

    public static long RemainderUnsigned(long left, long right) => right == 0 ? left : (long)((ulong)left % (ulong)right);
}
