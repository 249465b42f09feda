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
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Zkml.Vm.sln"))) root = root.Parent;
        string installer = File.ReadAllText(Path.Combine(root!.FullName, "guest-sdk", "onnxruntime", "install.sh"));
        Assert.That(installer, Does.Contain($"\nversion={OnnxRuntimeLocator.PackageVersion}\n"));
    }
}
