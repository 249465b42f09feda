using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark;

/// <summary>A node of degree at most 1 of a constraint graph as a sum of columns: what bounds on multiplicities and clocks are read from.</summary>
sealed class AffineForm
{
    readonly Dictionary<(ExprKind Kind, int Column), KoalaBear> _coefficients = [];

    /// <summary>The constant term.</summary>
    public KoalaBear Constant { get; private set; }

    /// <summary>The columns with a coefficient other than 0.</summary>
    public IEnumerable<((ExprKind Kind, int Column) Cell, KoalaBear Coefficient)> Terms =>
        _coefficients.Where(term => term.Value != KoalaBear.Zero).Select(term => (term.Key, term.Value));

    /// <summary>The affine form of a node.</summary>
    /// <exception cref="ArgumentException">The node has a higher degree.</exception>
    public static AffineForm Of(ExprGraph graph, int node)
    {
        var form = new AffineForm();
        form.Add(graph, node, KoalaBear.One);
        return form;
    }

    /// <summary>This form minus another.</summary>
    public AffineForm Minus(AffineForm other)
    {
        var difference = new AffineForm { Constant = Constant - other.Constant };
        foreach (((ExprKind, int) cell, KoalaBear coefficient) in _coefficients) difference.AddTerm(cell, coefficient);
        foreach (((ExprKind, int) cell, KoalaBear coefficient) in other._coefficients) difference.AddTerm(cell, -coefficient);
        return difference;
    }

    void Add(ExprGraph graph, int index, KoalaBear factor)
    {
        ExprNode node = graph.Nodes[index];
        switch (node.Kind)
        {
            case ExprKind.Constant:
                Constant += factor * KoalaBear.FromMontgomery((uint)node.A);
                break;
            case ExprKind.Add:
                Add(graph, node.A, factor);
                Add(graph, node.B, factor);
                break;
            case ExprKind.Subtract:
                Add(graph, node.A, factor);
                Add(graph, node.B, -factor);
                break;
            case ExprKind.Multiply:
                AddProduct(graph, node, factor);
                break;
            default:
                AddTerm((node.Kind, node.A), factor);
                break;
        }
    }

    void AddProduct(ExprGraph graph, ExprNode product, KoalaBear factor)
    {
        AffineForm left = Of(graph, product.A), right = Of(graph, product.B);
        if (left.Terms.Any()) (left, right) = (right, left);
        if (left.Terms.Any()) throw new ArgumentException("Expected an affine expression, got a product of columns.", nameof(product));
        factor *= left.Constant;
        Constant += factor * right.Constant;
        foreach (((ExprKind, int) cell, KoalaBear coefficient) in right._coefficients) AddTerm(cell, factor * coefficient);
    }

    void AddTerm((ExprKind, int) cell, KoalaBear coefficient)
    {
        _coefficients.TryGetValue(cell, out KoalaBear sum);
        _coefficients[cell] = sum + coefficient;
    }
}
