using Zkml.Guest.Onnx.Operators.DataMovement;

namespace Zkml.Guest.Onnx.Operators;

public static partial class OperatorTable
{
    static partial void AddDataMovement(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "Reshape")] = new ReshapeOperator();
        table[("", "Flatten")] = new FlattenOperator();
        table[("", "Squeeze")] = new SqueezeOperator();
        table[("", "Unsqueeze")] = new UnsqueezeOperator();
        table[("", "Transpose")] = new TransposeOperator();
        table[("", "Expand")] = new ExpandOperator();
        table[("", "Tile")] = new TileOperator();
        table[("", "Slice")] = new SliceOperator();
        table[("", "DepthToSpace")] = new DepthToSpaceOperator();
        table[("", "SpaceToDepth")] = new SpaceToDepthOperator();
        table[("", "Concat")] = new ConcatOperator();
        table[("", "Split")] = new SplitOperator();
        table[("", "Gather")] = new GatherOperator();
        table[("", "GatherElements")] = new GatherElementsOperator();
        table[("", "GatherND")] = new GatherNDOperator();
        table[("", "Scatter")] = new ScatterElementsOperator();
        table[("", "ScatterElements")] = new ScatterElementsOperator();
        table[("", "ScatterND")] = new ScatterNDOperator();
        table[("", "TensorScatter")] = new TensorScatterOperator();
        table[("", "Pad")] = new PadOperator();
        table[("", "CenterCropPad")] = new CenterCropPadOperator();
        table[("", "OneHot")] = new OneHotOperator();
        table[("", "TopK")] = new TopKOperator();
        table[("", "Compress")] = new CompressOperator();
        table[("", "ReverseSequence")] = new ReverseSequenceOperator();
        table[("", "Col2Im")] = new Col2ImOperator();
        table[("", "Shape")] = new ShapeOperator();
        table[("", "Size")] = new SizeOperator();
        table[("", "NonZero")] = new NonZeroOperator();
        table[("", "Unique")] = new UniqueOperator();
    }
}
