using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>C's fmod: the dividend is shifted up in steps of as many bits as it has room for, and reduced by an integer remainder.</summary>
    static Function BuildRemainder(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        Local magnitudeX = f.Local("magnitudeX", x << 1), magnitudeY = f.Local("magnitudeY", y << 1);
        f.If(format.TwiceInfinity.IsBelow(magnitudeY) | magnitudeX.IsBelow(format.TwiceInfinity).Not() | magnitudeY.Is(0), () => f.Return(format.NaN));
        f.If(magnitudeX.IsBelow(magnitudeY), () => f.Return(x));
        (Local first, Local left) = Unpack(f, format, x);
        (Local second, Local right) = Unpack(f, format, y);
        f.Assign(left, left >>> format.GuardBits);
        f.Assign(right, right >>> format.GuardBits);
        Local distance = f.Local("distance", first - second), steps = f.Local("steps", ScalarType.Int32);
        f.Assign(left, left.RemainderUnsigned(right));
        f.While(Expression.Select(left.Is(0), 0, distance > 0), () =>
        {
            f.Assign(steps, Expression.Select(distance < format.GuardBits + 1, distance, format.GuardBits + 1));
            f.Assign(left, (left << steps).RemainderUnsigned(right));
            f.Assign(distance, distance - steps);
        });
        f.If(left.Is(0), () => f.Return(x & format.Sign));
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(format.Type), left) - 1);
        f.Return(Expression.Call(RoundAndPack(format), x, second + format.GuardBits - zeros, left << zeros));
        return f.Build();
    }
}
