// A gateway gone bad: tries from inside, as its user, what it is told to try.
import { attempts } from "./attempts.mjs";
import { serveLines } from "./serve-lines.mjs";

// It becomes that user itself, once it has read its program: a checkout may lie where only root can read.
process.setgroups([]);
process.setgid(1000);
process.setuid(1000);

serveLines(attempts);
