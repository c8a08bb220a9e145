import { runAgent } from "./run.ts";

/** The program of every machine. Files of ours are for their owner alone, whatever the machine's habit is. */
process.umask(0o077);
process.exitCode = await runAgent();
process.exit();
