import { CHECKS } from "./checks.ts";
import { runSteps } from "./steps.ts";

/** `npm run check`. */
process.exit((await runSteps(CHECKS)) ? 0 : 1);
