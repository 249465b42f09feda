namespace Zkml.Guest.OnnxRuntime.Tests;

[TestFixture]
sealed class OnnxRuntimeLocatorTests
{
    [Test]
    public void Find_WhereNothingIsInstalled_SaysHowToInstall()
    {
        OnnxRuntimeException exception = Assert.Throws<OnnxRuntimeException>(() => OnnxRuntimeLocator.Find("/nowhere"));
        Assert.That(exception.Error, Is.EqualTo(OnnxRuntimeError.NotInstalled));
        Assert.That(exception.Message, Does.Contain("guest-sdk/onnxruntime/install.sh").And.Contain("/nowhere/onnxruntime"));
        Assert.That(OnnxRuntimeLocator.TryFind("/nowhere"), Is.Null);
    }

    [Test]
    public void Version_OfTheLocator_IsThatOfTheInstaller()
    {
        string installer = File.ReadAllText(TestModels.RepositoryFile("guest-sdk/onnxruntime/install.sh"));
        Assert.That(installer, Does.Contain($"\nversion={OnnxRuntimeLocator.PackageVersion}\n"));
    }
}
