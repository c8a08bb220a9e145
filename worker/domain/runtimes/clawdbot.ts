import type { RuntimeDescriptor } from "./descriptor.ts";
import { legacyRuntime } from "./legacy.ts";

export const clawdbot: RuntimeDescriptor = legacyRuntime({
  id: "clawdbot",
  title: "Clawdbot",
  summary: "The original, for those who need it unchanged.",
  version: "2026.1.24-3",
  bin: "clawdbot",
  prefix: "CLAWDBOT",
});
