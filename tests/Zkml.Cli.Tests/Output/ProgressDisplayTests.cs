using Zkml.Cli.Output;
using Zkml.Sdk;

namespace Zkml.Cli.Tests.Output;

[TestFixture]
sealed class ProgressDisplayTests
{
    [Test]
    public void Plain_Reports_AreLines()
    {
        string text = Show(isInteractive: false, isQuiet: false);
        Assert.That(text, Does.Match(@"^zkvm: commit segment 1 of 3 \(0 %, .*\)\nzkvm: prove segment 2 of 3 \(50 %, .*\)\n$"));
    }

    [Test]
    public void Quiet_Reports_AreNothing() => Assert.That(Show(isInteractive: false, isQuiet: true), Is.Empty);

    [Test]
    public void Terminal_Bar_IsClearedAtTheEnd() => Assert.That(Show(isInteractive: true, isQuiet: false), Does.EndWith("\r\e[K"));

    static string Show(bool isInteractive, bool isQuiet)
    {
        using StringWriter error = new() { NewLine = "\n" };
        using (ProgressDisplay display = new(new Terminal(TextWriter.Null, error, Stream.Null, isInteractive), isQuiet))
        {
            display.Report(new SessionProgress(0, 3, "commit", 0));
            display.Report(new SessionProgress(1, 3, "prove", 0.5));
        }
        return error.ToString();
    }
}
