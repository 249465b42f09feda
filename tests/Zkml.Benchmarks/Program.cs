using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/Zkml.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
