namespace Zkml.Conformance.Tests;

/// <summary>The layers of ARCHITECTURE.md: a project references only projects of lower layers, and the verifier stays small.</summary>
[TestFixture]
sealed class LayeringTests
{
    static readonly Dictionary<string, int> s_layers = new()
    {
        ["Zkml.Isa"] = 0, ["Zkml.Fields"] = 0, ["Zkml.Records"] = 0,
        ["Zkml.Program"] = 1, ["Zkml.Hashing"] = 1,
        ["Zkml.Vm"] = 2, ["Zkml.Air"] = 2, ["Zkml.Guest.Assembly"] = 2, ["Zkml.Guest.Loops"] = 2,
        ["Zkml.Machine"] = 3, ["Zkml.Guest.Runtime"] = 3, ["Zkml.Guest.Emission"] = 3,
        ["Zkml.Stark"] = 4, ["Zkml.Guest.Onnx"] = 4, ["Zkml.Groth16.Verifier"] = 4,
        ["Zkml.Stark.Verifier"] = 5, ["Zkml.Stark.Prover"] = 5, ["Zkml.Guest.OnnxRuntime"] = 5,
        ["Zkml.Gpu"] = 6, ["Zkml.Recursion"] = 6, ["Zkml.Groth16"] = 6,
        ["Zkml.Wrap"] = 7, ["Zkml.Receipts"] = 7,
        ["Zkml.Chain"] = 8,
        ["Zkml.Sdk"] = 9,
        ["Zkml.Cli"] = 10,
    };

    static readonly string[] s_verifierClosure =
        ["Zkml.Air", "Zkml.Fields", "Zkml.Hashing", "Zkml.Isa", "Zkml.Machine", "Zkml.Records", "Zkml.Stark"];

    // The packages that reach whoever references a project.
    static readonly Dictionary<string, string[]> s_packages = new()
    {
        ["Zkml.Receipts"] = ["Google.Protobuf"],
        ["Zkml.Guest.Onnx"] = ["Google.Protobuf"],
        ["Zkml.Chain"] = ["Portable.BouncyCastle"],
        ["Zkml.Cli"] = ["System.CommandLine"],
    };

    static readonly string[] s_unsafeProjects = ["Zkml.Air", "Zkml.Fields", "Zkml.Hashing", "Zkml.Stark.Prover", "Zkml.Gpu", "Zkml.Groth16"];

    static IEnumerable<ProjectFile> Product => Repository.ProductProjects;

    static IEnumerable<ProjectFile> Others => Repository.Projects.Values.Except(Repository.ProductProjects);

    [TestCaseSource(nameof(Product))]
    public void Project_OfTheProduct_ReferencesOnlyLowerLayers(ProjectFile project)
    {
        Assert.That(s_layers, Does.ContainKey(project.Name), "A new project needs a line in the layer table, here and in ARCHITECTURE.md.");
        string[] upwards = [.. project.References.Where(reference => !s_layers.TryGetValue(reference, out int layer) || layer >= s_layers[project.Name])];
        Assert.That(upwards, Is.Empty, $"{project.Name} (layer {s_layers[project.Name]}) may reference lower layers only.");
    }

    [TestCaseSource(nameof(Product))]
    public void Project_OfTheProduct_UsesOnlyItsPackages(ProjectFile project) =>
        Assert.That(project.Packages, Is.EquivalentTo(s_packages.GetValueOrDefault(project.Name, [])));

    [TestCaseSource(nameof(Product))]
    public void Project_OfTheProduct_AllowsUnsafeCodeOnlyWhereItIsNeeded(ProjectFile project)
    {
        bool isAllowed = project.Properties.TryGetValue("AllowUnsafeBlocks", out string? value) && value == "true";
        Assert.That(isAllowed && !s_unsafeProjects.Contains(project.Name), Is.False, $"{project.Name} must do without unsafe blocks.");
    }

    [TestCaseSource(nameof(Others))]
    public void Project_OfTestsOrExamples_ReferencesNoTestsButTesting(ProjectFile project)
    {
        string[] tests = [.. project.References.Where(reference => !s_layers.ContainsKey(reference) && reference is not ("Zkml.Testing" or "Zkml.Examples.Training" or "Zkml.Examples.ScoreAttestation") && !reference.EndsWith(".Trainer", StringComparison.Ordinal))];
        Assert.That(tests, Is.Empty);
        if (project.Name != "Zkml.EndToEnd.Tests") Assert.That(project.References.Where(reference => reference.EndsWith(".Trainer", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Machine_Closure_HasNoVm() => Assert.That(Repository.Closure("Zkml.Machine"), Does.Not.Contain("Zkml.Vm").And.Not.Contain("Zkml.Program"));

    [Test]
    public void Verifier_Closure_IsTheList() => Assert.That(Repository.Closure("Zkml.Stark.Verifier"), Is.EquivalentTo(s_verifierClosure));

    [Test]
    public void Receipts_Closure_IsTheVerifierAndProgram() =>
        Assert.That(Repository.Closure("Zkml.Receipts"), Is.EquivalentTo((string[])[.. s_verifierClosure, "Zkml.Program", "Zkml.Stark.Verifier"]));

    [Test]
    public void Prover_Closure_HasNoVerifier() => Assert.That(Repository.Closure("Zkml.Stark.Prover"), Does.Not.Contain("Zkml.Stark.Verifier"));

    [Test]
    public void Verifier_Arithmetic_IsChecked() =>
        Assert.That(Repository.Projects["Zkml.Stark.Verifier"].Properties.GetValueOrDefault("CheckForOverflowUnderflow"), Is.EqualTo("true"));

    [TestCaseSource(nameof(Product))]
    [TestCaseSource(nameof(Others))]
    public void Project_Folder_HasLockFileAndPlaceInTheSolution(ProjectFile project)
    {
        string folder = Path.Combine(Repository.Root, Path.GetDirectoryName(project.Path)!);
        Assert.That(File.Exists(Path.Combine(folder, "packages.lock.json")), Is.True, "packages.lock.json is missing; dotnet restore makes it.");
        Assert.That(Repository.Read("Zkml.Vm.sln").Replace('\\', '/'), Does.Contain(project.Path));
    }
}
