using Zkml.Machine.Shapes;
using Zkml.Stark;

namespace Zkml.Receipts.Tests.Format;

public class SegmentSizeTests
{
    // Issue 2: a segment proof of 100 bits has at most 2.5 MiB; the format takes at most 4 MiB.
    [TestCase(SecurityProfile.P100, 5 << 19)]
    [TestCase(SecurityProfile.P128, ReceiptFormat.MaxSegmentBytes)]
    public void Encode_EveryClass_StaysBelowTheLimit(SecurityProfile profile, int limit)
    {
        foreach (ProgramSize size in ProgramSize.All)
        {
            SessionRules rules = RiscvSession.Rules(profile, new ProgramKey(default, size.Index, 0));
            foreach (ShapeClass shape in ShapeClasses.All.Where(shape => shape.Closes == size || (shape.Closes is null && size.Index == 0)))
            {
                int bytes = SegmentCodec.Encode(new SegmentEntry(shape.Index, BlankProof.Of(rules.Layout(shape.Index)))).CalculateSize();
                TestContext.Out.WriteLine($"{profile} {shape.Name}: {bytes} bytes");
                Assert.That(bytes, Is.LessThanOrEqualTo(limit), shape.Name);
            }
        }
    }
}
