namespace Zkml.Fields.Tests;

sealed class DomainsTests
{
    [Test]
    public void CosetShift_EverySize_IsTheSquareOfTheNextAndOutsideTheSubgroup()
    {
        for (int logSize = 0; logSize <= Domains.MaxLogSize; logSize++)
        {
            KoalaBear shift = Domains.CosetShift(logSize);
            Assert.That(shift, Is.EqualTo(KoalaBear.Generator.Power((1ul << 24) >> logSize)));
            if (logSize < Domains.MaxLogSize)
                Assert.That(shift, Is.EqualTo(Domains.CosetShift(logSize + 1) * Domains.CosetShift(logSize + 1)));
            Assert.That(shift.Power(1ul << logSize), Is.Not.EqualTo(KoalaBear.One));
        }
    }

    [Test]
    public void ExtensionShift_AllCosets_CoverTheLargeCosetOnce()
    {
        const int logSize = 4, logBlowup = 2;
        var points = new HashSet<KoalaBear>();
        for (int coset = 0; coset < 1 << logBlowup; coset++)
            for (int i = 0; i < 1 << logSize; i++)
                points.Add(Domains.ExtensionShift(logSize, logBlowup, coset) * Domains.Root(logSize).Power((ulong)i));
        var expected = new HashSet<KoalaBear>();
        for (int i = 0; i < 1 << (logSize + logBlowup); i++)
            expected.Add(Domains.CosetShift(logSize + logBlowup) * Domains.Root(logSize + logBlowup).Power((ulong)i));
        Assert.That(points, Is.EquivalentTo(expected));
    }

    [Test]
    public void CosetShift_OutsideTheTwoAdicity_Throws()
    {
        Assert.That(() => Domains.CosetShift(25), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Domains.CosetShift(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
