import { clawdbot } from "./clawdbot.ts";
import type { RuntimeDescriptor, RuntimeId } from "./descriptor.ts";
import { moltbot } from "./moltbot.ts";
import { openclaw } from "./openclaw.ts";

/** The runtimes Launchpad runs, one row each. */
export const RUNTIMES: Record<RuntimeId, RuntimeDescriptor> = { openclaw, clawdbot, moltbot };
