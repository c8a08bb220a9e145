import type { RuntimeDescriptor } from "./descriptor.ts";
import { legacyRuntime } from "./legacy.ts";

/**
 * The Moltbot line. npm's `moltbot` is a placeholder; the nearest artifact that runs is `openclaw@2026.1.30`, published
 * days after the rename. It predates the WebSocket hijack fix (2026.3.11), so it is legacy and only behind our door.
 */
export const moltbot: RuntimeDescriptor = legacyRuntime({
  id: "moltbot",
  title: "Moltbot",
  summary: "The January 2026 line, kept until you migrate.",
  version: "2026.1.30",
  bin: "openclaw",
  prefix: "OPENCLAW",
});
