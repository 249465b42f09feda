using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>A model of one quantised operator, inputs, and what an independent evaluation gives for them.</summary>
sealed record QuantizedCase(string Name, byte[] Model, Tensor[] Inputs, Tensor Expected)
{
    /// <summary>True for products of UInt8 by Int8.</summary>
    public bool MixesSigns { get; init; }

    /// <summary>Random draws of parameters in the model: more than 1 where slices have their own.</summary>
    public int Draws { get; init; } = 1;

    /// <summary>Compiles the model and runs it in the host's interpreter.</summary>
    public Tensor RunOnHost()
    {
        CompiledModel compiled = OnnxCompiler.Compile(Model, OnnxImportOptions.Default);
        LoopMachine machine = new(compiled.Program);
        for (int i = 0; i < Inputs.Length; i++) machine.Write(compiled.Program.Inputs[i], Inputs[i].Data);
        machine.Run();
        Value output = compiled.Graph.Outputs[0];
        return new(output.Type, output.Shape!, machine.Read(compiled.Program.Outputs[0]));
    }

    /// <summary>Compiles the model to RISC-V and runs it in the machine.</summary>
    public (Tensor Output, ExecutionResult Result) RunInMachine()
    {
        CompiledModel compiled = OnnxCompiler.Compile(Model, OnnxImportOptions.Default);
        EmittedGuest guest = GuestEmitter.Emit(compiled.Program, new PlainFrame());
        ExecutionResult result = new Executor(ElfReader.Read(guest.Elf), new() { StandardInput = Inputs.SelectMany(input => input.Data.ToArray()).ToArray() }).Run();
        Assert.That(result.ExitCode, Is.Zero, Name);
        Value output = compiled.Graph.Outputs[0];
        return (new(output.Type, output.Shape!, result.Journal), result);
    }

    /// <summary>Elements that differ.</summary>
    public static int Differences(Tensor expected, Tensor actual)
    {
        if (expected.Type != actual.Type || !expected.Shape.Equals(actual.Shape)) return Math.Max(expected.Shape.Count, 1);
        int size = expected.Type.Memory.ElementBytes, count = 0;
        for (int i = 0; i < expected.Shape.Count; i++)
            if (!expected.Data.Slice(i * size, size).SequenceEqual(actual.Data.Slice(i * size, size))) count++;
        return count;
    }
}

/// <summary>Builds the model of a <see cref="QuantizedCase"/>: an operator whose constants are initialisers.</summary>
sealed class QuantizedModel(string operatorType, string domain = "com.microsoft", int operatorSet = 17)
{
    readonly ModelBuilder _builder = new(operatorSet);
    readonly List<string> _inputs = [];
    readonly List<AttributeProto> _attributes = [];
    readonly List<Tensor> _tensors = [];

    public QuantizedModel Input(Tensor tensor)
    {
        string name = $"i{_inputs.Count}";
        _builder.Input(name, tensor.Type, [.. tensor.Shape.Dimensions.ToArray().Select(extent => (object)extent)]);
        _inputs.Add(name);
        _tensors.Add(tensor);
        return this;
    }

    public QuantizedModel Constant(Tensor tensor)
    {
        string name = $"c{_inputs.Count}";
        _builder.Initializer(name, tensor);
        _inputs.Add(name);
        return this;
    }

    /// <summary>A scale and a zero point.</summary>
    public QuantizedModel Parameters(float scale, int zeroPoint, ElementType type) =>
        Constant(Tensor.Of<float>(ElementType.Float32, Shape.Scalar, scale)).Constant(new(type, Shape.Scalar, [unchecked((byte)zeroPoint)]));

    public QuantizedModel Absent()
    {
        _inputs.Add("");
        return this;
    }

    public QuantizedModel Attribute(string name, long value)
    {
        _attributes.Add(ModelBuilder.Integer(name, value));
        return this;
    }

    public QuantizedModel Attribute(string name, float value)
    {
        _attributes.Add(new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value });
        return this;
    }

    public QuantizedModel Extents(string name, params int[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values.Select(value => (long)value));
        _attributes.Add(attribute);
        return this;
    }

    public QuantizedCase Build(string name, Tensor expected)
    {
        _builder.Output("y", expected.Type, [.. expected.Shape.Dimensions.ToArray().Select(extent => (object)extent)]);
        _builder.Node(operatorType, [.. _inputs], ["y"], [.. _attributes]);
        _builder.Model.Graph.Node[^1].Domain = domain;
        if (domain.Length > 0) _builder.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = 1 });
        return new(name, _builder.ToBytes(), [.. _tensors], expected);
    }
}
