// Compiles solc's standard JSON from standard input to standard output. The first argument is the folder of the solc package.
const solc = require(process.argv[1]);
const chunks = [];
process.stdin.on("data", chunk => chunks.push(chunk));
process.stdin.on("end", () => process.stdout.write(solc.compile(Buffer.concat(chunks).toString("utf8"))));
