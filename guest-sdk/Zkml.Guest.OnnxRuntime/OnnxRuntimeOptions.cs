namespace Zkml.Guest.OnnxRuntime;

/// <summary>How much ONNX Runtime rewrites a graph before it runs it; the numbers are those of its API.</summary>
public enum GraphOptimization
{
    /// <summary>Every node runs as it stands: quantised graphs run dequantise, float operator, quantise.</summary>
    None = 0,
    /// <summary>Rewrites that keep the meaning: constant folding, dead nodes, fusion of BatchNormalization.</summary>
    Basic = 1,
    /// <summary>Fusion into the kernels of the CPU provider, the integer ones among them.</summary>
    Extended = 2,
    /// <summary>Everything, blocked layouts of convolutions included. ONNX Runtime's default.</summary>
    All = 99,
}

/// <summary>How a model is loaded.</summary>
public sealed record OnnxRuntimeOptions
{
    /// <summary>Rewrites of the graph.</summary>
    public GraphOptimization Optimization { get; init; } = GraphOptimization.All;

    /// <summary>Threads of one operator, at least 1. With 1, sums have one order.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Values inside of the graph that become outputs behind its own, in this order.</summary>
    public IReadOnlyList<string> ExtraOutputs { get; init; } = [];

    /// <summary>True asks for <see cref="OnnxRuntimeSession.OptimizedModel"/>.</summary>
    public bool KeepOptimizedModel { get; init; }

    /// <summary>
    /// Session settings by the names of ONNX Runtime's onnxruntime_session_options_config_keys.h, for example
    /// <c>session.x64quantprecision</c> = <c>1</c>: no 16-bit saturation of uint8 × int8 products on CPUs without VNNI.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Extents of symbolic dimensions by name.</summary>
    public IReadOnlyDictionary<string, long> Extents { get; init; } = new Dictionary<string, long>();
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type; <see cref="Onnx.Graph.ElementType.Undefined"/> for sequences and maps.</param>
/// <param name="Dimensions">Its extents; −1 where one is not known.</param>
public sealed record OnnxRuntimePort(string Name, Onnx.Graph.ElementType Type, IReadOnlyList<long> Dimensions);
