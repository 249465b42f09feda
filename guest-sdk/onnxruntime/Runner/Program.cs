using Zkml.Guest.OnnxRuntime.Runner;

// Only frames may reach standard output; what a library prints to the console goes to standard error.
using Stream requests = Console.OpenStandardInput(), replies = Console.OpenStandardOutput();
Console.SetOut(Console.Error);
using RequestLoop loop = new(requests, replies);
loop.Run();
