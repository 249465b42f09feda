namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>A few node tests in the virtual machine, one of each kind of loop: the rest runs in the category Conformance.</summary>
[TestFixture]
sealed class MachineSampleTests
{
    [TestCase("test_add_bcast")]
    [TestCase("test_sub_uint64")]
    [TestCase("test_transpose_all_permutations_5")]
    [TestCase("test_slice_neg_steps")]
    [TestCase("test_gather_elements_negative_indices")]
    [TestCase("test_reduce_sum_keepdims_random")]
    [TestCase("test_argmax_keepdims_example_select_last_index")]
    [TestCase("test_top_k")]
    [TestCase("test_basic_conv_with_padding")]
    [TestCase("test_maxpool_2d_uint8")]
    [TestCase("test_averagepool_2d_ceil")]
    [TestCase("test_gemm_all_attributes")]
    [TestCase("test_softmax_axis_1")]
    [TestCase("test_layer_normalization_2d_axis1")]
    [TestCase("test_lstm_with_peepholes")]
    [TestCase("test_resize_upsample_scales_linear")]
    [TestCase("test_cast_FLOAT_to_FLOAT16")]
    [TestCase("test_matmulinteger")]
    [TestCase("test_qlinearconv")]
    [TestCase("test_dynamicquantizelinear")]
    [TestCase("test_ai_onnx_ml_tree_ensemble_single_tree")]
    [TestCase("test_range_int32_type_negative_delta_expanded")]
    [TestCase("test_attention_4d_gqa")]
    public void NodeTest_InTheMachine_Passes(string name)
    {
        NodeTest test = NodeTestArchive.Require().Single(test => test.Name == name);
        NodeTestOutcome outcome = NodeTestRunner.Run(test, ProgramRunners.InTheMachine);
        Assert.That(outcome.Result, Is.EqualTo(NodeTestResult.Passed), $"{outcome.Reason} {outcome.Message}");
    }
}
