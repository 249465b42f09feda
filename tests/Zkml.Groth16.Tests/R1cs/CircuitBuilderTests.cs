using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.R1cs;

[TestFixture]
sealed class CircuitBuilderTests
{
    static readonly Hint s_half = static (inputs, outputs) => outputs[0] = inputs[0] * Fr.FromUInt64(2).Inverse();

    [Test]
    public void Build_Operators_CostOneConstraintForEachProduct()
    {
        Circuit circuit = Build(builder =>
        {
            Wire x = builder.PrivateInput("x"), y = builder.PublicInput("y");
            builder.PublicOutput("z", (((x + 3) * (y - x)) - (2 * x)) * 5);
        });
        Assert.That(circuit.System.ConstraintCount, Is.EqualTo(2));
        Assert.That(Outputs(circuit, ("x", [4]), ("y", [9])), Is.EqualTo(new System.Numerics.BigInteger[] { 5 * ((7 * 5) - 8) }));
    }

    [Test]
    public void Build_Signals_StandInTheOrderOfTheFormat()
    {
        Circuit circuit = Build(builder =>
        {
            Wire x = builder.PrivateInput("x"), square = x * x, y = builder.PublicInput("y");
            builder.PublicOutput("z", square + y);
        });
        Assert.That(circuit.Signals.Select(signal => signal.Kind), Is.EqualTo(
            [SignalKind.Constant, SignalKind.PublicOutput, SignalKind.PublicInput, SignalKind.PrivateInput, SignalKind.Internal]));
        Assert.That(circuit.Solve(Inputs(("x", [3]), ("y", [5]))).Select(value => (int)FrIntegers.ToInteger(value)), Is.EqualTo([1, 14, 5, 3, 9]));
    }

    [Test]
    public void Build_SignalWithoutConstraint_Throws()
    {
        CircuitBuilder builder = new();
        Wire x = builder.PrivateInput("x");
        builder.Hint("half", 1, s_half, x);
        builder.PublicOutput("y", x);
        Assert.That(() => builder.Build(), Throws.TypeOf<CircuitException>().With.Message.Contains("half"));
    }

    [Test]
    public void Check_HintWithoutItsConstraint_Fails()
    {
        Circuit circuit = Build(builder =>
        {
            Wire x = builder.PrivateInput("x"), half = builder.Hint("half", 1, s_half, x)[0], other = builder.Hint("other", 1, s_half, x)[0];
            builder.AssertEqual(half + other, x);
            builder.PublicOutput("y", half);
        });
        IReadOnlyList<string> failures = new CircuitCheck(circuit).Accepts("six", Inputs(("x", [6]))).Rejects("none", Inputs(("x", [6]))).Run();
        // A change of one signal is noticed; only the freedom of all three together is not.
        Assert.That(failures, Has.Some.Contains("half: it can change"));
        Assert.That(failures, Has.None.Contains("no constraint notices"));
        Assert.That(failures, Has.Some.Contains("all hold"));
    }

    [Test]
    public void Check_ProductWithZero_ReportsTheSignalThatNothingNotices()
    {
        Circuit circuit = Build(builder =>
        {
            Wire x = builder.PrivateInput("x"), half = builder.Hint("half", 1, s_half, x)[0];
            builder.AssertProduct(x, half + half, x * x);
        });
        Assert.That(
            new CircuitCheck(circuit).Accepts("zero", Inputs(("x", [0]))).Rejects("none", Inputs(("x", [1]))).Run(), Has.Some.Contains("no constraint notices"));
    }

    [Test]
    public void Check_AtAllLevels_AcceptsASoundCircuit()
    {
        Circuit circuit = Build(builder =>
        {
            Wire x = builder.PrivateInput("x"), y = builder.PublicInput("y");
            builder.PublicOutput("zero", Comparisons.IsZero(x - y));
            UnsignedWire.Assert(x, 8);
        });
        int calls = 0;
        CircuitCheck check = new(circuit)
        {
            Contract = (key, proof, values) =>
            {
                calls++;
                return Zkml.Groth16.Verifier.Groth16Verifier.Verify(key, proof, values).IsAccepted;
            },
        };
        check.Accepts("equal", Inputs(("x", [3]), ("y", [3]))).Accepts("other", Inputs(("x", [255]), ("y", [3]))).Rejects("large", Inputs(("x", [256]), ("y", [3])));
        Assert.That(check.Run(CircuitCheckLevel.Contract), Is.Empty);
        Assert.That(calls, Is.EqualTo(2 * (1 + 2)));
    }

    [Test]
    public void Check_ContractThatTakesAll_IsReported()
    {
        Circuit circuit = Build(builder => builder.PublicOutput("y", UnsignedWire.Assert(builder.PrivateInput("x"), 4)));
        CircuitCheck check = new CircuitCheck(circuit) { Contract = (_, _, _) => true }.Accepts("three", Inputs(("x", [3]))).Rejects("large", Inputs(("x", [16])));
        Assert.That(check.Run(CircuitCheckLevel.Contract), Has.One.Contains("the contract accepts it with public value 0 changed"));
    }

    [Test]
    public void Solve_InputMissingUnknownOrOfAnotherLength_Throws()
    {
        Circuit circuit = Build(builder => builder.PublicOutput("y", Wire.Sum(builder.PrivateInput("x", 2))));
        Assert.That(() => circuit.Solve(Inputs()), Throws.TypeOf<CircuitException>().With.Message.Contains("Input x: expected 2 values, got none"));
        Assert.That(() => circuit.Solve(Inputs(("x", [1]))), Throws.TypeOf<CircuitException>().With.Message.Contains("got 1"));
        Assert.That(() => circuit.Solve(Inputs(("x", [1, 2]), ("z", [1]))), Throws.TypeOf<CircuitException>().With.Message.Contains("Input z"));
    }

    [Test]
    public void Solve_ConstraintFails_NamesTheGadget()
    {
        Circuit circuit = Build(builder => UnsignedWire.Assert(builder.PrivateInput("x"), 4));
        Assert.That(() => circuit.Solve(Inputs(("x", [16]))), Throws.TypeOf<CircuitException>().With.Message.Contains("Bits(4)"));
    }

    [Test]
    public void Wires_OfTwoCircuits_DoNotMix()
    {
        Wire x = new CircuitBuilder().PrivateInput("x"), y = new CircuitBuilder().PrivateInput("y");
        Assert.That(() => x + y, Throws.ArgumentException);
        Assert.That(() => x * y, Throws.ArgumentException);
    }

    [Test]
    public void Wire_Combine_MergesTermsAndDropsZeros()
    {
        CircuitBuilder builder = new();
        Wire x = builder.PrivateInput("x"), y = builder.PrivateInput("y");
        Assert.That(Wire.Sum([x + y, x - y, 3]).Terms.Length, Is.EqualTo(2));
        Assert.That((x - x).IsConstant, Is.True);
        Assert.That(Wire.Pack([x, y], 31).Terms[1].Coefficient, Is.EqualTo(Fr.FromUInt64(1UL << 31)));
    }

    [Test]
    public void Report_NestedGadgets_CountsEachOnceAndTheOuterInAll()
    {
        Circuit circuit = Build(builder =>
        {
            Wire[] x = builder.PrivateInput("x", 2);
            using GadgetScope scope = builder.Gadget("Ranges");
            UnsignedWire.Assert(x[0], 8);
            UnsignedWire.Assert(x[1], 8);
        });
        Assert.That(circuit.Report.Gadgets, Is.EqualTo(new GadgetCount[] { new("circuit", 0, 1, 16), new("Ranges", 1, 1, 16), new("Ranges/Bits(8)", 2, 2, 16) }));
        Assert.That(circuit.Report.ToString(), Does.Contain("Ranges/Bits(8)"));
    }
}
