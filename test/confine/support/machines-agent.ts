import { HARDENING } from "../../../images/agent/confine/gateway-command.ts";
import { runAgent } from "../../../images/agent/run.ts";

/** The agent's own program, in a machine whose scratch directories are this computer's: they stay as they are. */
process.umask(0o077);
const filterPath = process.env["TEST_FILTER_PATH"] ?? HARDENING.filterPath;
process.exitCode = await runAgent({ ...HARDENING, scratch: [], filterPath });
process.exit();
