using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Air.Tests;

public sealed class ExprGraphTests
{
    static readonly Bus s_bus = new(1, "Test", 1, IsLocal: false);

    readonly struct CubicAir : IAir
    {
        public string Name => "Cubic";

        public int Width => 2;

        public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
            where TBuilder : struct, IAirBuilder<T>, allows ref struct
            where T : unmanaged, IAlgebra<T>
        {
            T x = rows.Local[0], y = rows.Local[1];
            b.AssertZero(x * x * x - y);
            b.AssertZeroFirst(x - y);
        }
    }

    readonly struct StepAir : IAir
    {
        public string Name => "Step";

        public int Width => 1;

        public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
            where TBuilder : struct, IAirBuilder<T>, allows ref struct
            where T : unmanaged, IAlgebra<T>
        {
            b.AssertZeroTransition(rows.Next[0] - rows.Local[0] - T.FromBase(KoalaBear.One));
            b.Interact(s_bus, rows.Local[0], [rows.Local[0] * KoalaBear.FromCanonical(4)]);
        }
    }

    readonly struct SquareMessageAir : IAir
    {
        public string Name => "SquareMessage";

        public int Width => 1;

        public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
            where TBuilder : struct, IAirBuilder<T>, allows ref struct
            where T : unmanaged, IAlgebra<T> =>
            b.Interact(s_bus, rows.Local[0], [rows.Local[0] * rows.Local[0]]);
    }

    readonly struct WrongArityAir : IAir
    {
        public string Name => "WrongArity";

        public int Width => 1;

        public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
            where TBuilder : struct, IAirBuilder<T>, allows ref struct
            where T : unmanaged, IAlgebra<T> =>
            b.Interact(s_bus, rows.Local[0], [rows.Local[0], rows.Local[0]]);
    }

    readonly struct NextMessageAir : IAir
    {
        public string Name => "NextMessage";

        public int Width => 1;

        public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
            where TBuilder : struct, IAirBuilder<T>, allows ref struct
            where T : unmanaged, IAlgebra<T> =>
            b.Interact(s_bus, rows.Local[0], [rows.Local[0] + rows.Next[0]]);
    }

    [Test]
    public void Record_CubicConstraint_HasDegreeThreeAndNoNextRow()
    {
        ExprGraph graph = ExprGraph.Record(new CubicAir());

        Assert.That(graph.Degree, Is.EqualTo(3));
        Assert.That(graph.UsesNext, Is.False);
        Assert.That(graph.Constraints.Select(c => c.Scope), Is.EqualTo(new[] { RowScope.Every, RowScope.First }));
        Assert.That(graph.Constraints[0].Label, Is.EqualTo("x * x * x - y"));
    }

    [Test]
    public void Record_TransitionConstraint_UsesNextRow()
    {
        ExprGraph graph = ExprGraph.Record(new StepAir());

        Assert.That(graph.UsesNext, Is.True);
        Assert.That(graph.Interactions, Has.Count.EqualTo(1));
        Assert.That(graph.Degree, Is.EqualTo(3), "LogUp's constraints have degree 3");
    }

    [Test]
    public void Record_QuadraticMessage_IsRefused() =>
        Assert.That(() => ExprGraph.Record(new SquareMessageAir()), Throws.InvalidOperationException.With.Message.Contains("not affine"));

    [Test]
    public void Record_MessageOfTheNextRow_IsRefused() =>
        Assert.That(() => ExprGraph.Record(new NextMessageAir()), Throws.InvalidOperationException.With.Message.Contains("reads the next row"));

    [Test]
    public void Record_WrongArity_IsRefused() =>
        Assert.That(() => ExprGraph.Record(new WrongArityAir()), Throws.InvalidOperationException.With.Message.Contains("expected a message of 1 elements, got 2"));

    [Test]
    public void Evaluate_Row_EqualsTheConstraint()
    {
        ExprGraph graph = ExprGraph.Record(new CubicAir());
        KoalaBear[] row = [KoalaBear.FromCanonical(5), KoalaBear.FromCanonical(7)];

        KoalaBear[] values = graph.Evaluate(new RowWindow<KoalaBear>(row, row, default));

        Assert.That(values[graph.Constraints[0].Node].ToCanonical(), Is.EqualTo(118u));
    }

    [Test]
    public void RowChecker_FailingRow_NamesTheConstraintAndRespectsScopes()
    {
        KoalaBear[] row = [KoalaBear.FromCanonical(2), KoalaBear.FromCanonical(8)];
        List<ConstraintFailure> inner = [], first = [];

        var innerChecker = new RowChecker(inner, isFirst: false, isLast: false);
        new CubicAir().Constrain<RowChecker, KoalaBear>(ref innerChecker, new(row, row, default));
        var firstChecker = new RowChecker(first, isFirst: true, isLast: false);
        new CubicAir().Constrain<RowChecker, KoalaBear>(ref firstChecker, new(row, row, default));

        Assert.That(inner, Is.Empty);
        Assert.That(first.Select(f => f.Label), Is.EqualTo(new[] { "x - y" }));
    }
}
