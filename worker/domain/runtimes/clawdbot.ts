import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor } from "./descriptor.ts";
import { VOLUME_PATH } from "./descriptor.ts";

const TOKEN = "CLAWDBOT_GATEWAY_TOKEN";

/** Clawdbot has no probe and no trusted-proxy mode: it is asked with its token, and its UI waits for the agent. */
export const clawdbot: RuntimeDescriptor = {
  id: "clawdbot",
  title: "Clawdbot",
  summary: "The original, for those who need it unchanged.",
  legacy: true,
  versions: ["2026.1.24-3"],
  imageName: "clawdbot",
  command: ["clawdbot", "gateway", "run", "--port", "18789", "--bind", "loopback", "--auth", "token"],
  env: {
    HOME: `${VOLUME_PATH}/home`,
    CLAWDBOT_STATE_DIR: `${VOLUME_PATH}/state`,
    CLAWDBOT_CONFIG_PATH: `${VOLUME_PATH}/state/clawdbot.json`,
    NODE_OPTIONS: "--max-old-space-size=1536",
  },
  configPath: `${VOLUME_PATH}/state/clawdbot.json`,
  config: ({ port }) => ({
    gateway: { mode: "local", port, bind: "loopback", auth: { mode: "token", token: `\${${TOKEN}}` } },
    logging: { consoleStyle: "json" },
  }),
  secrets: [{ name: TOKEN, kind: "token" }],
  port: 18789,
  health: { kind: "tools_invoke", tokenSecret: TOKEN },
  startGraceMs: 5 * MINUTE_MS,
  stopTimeoutMs: 2 * MINUTE_MS,
  door: {
    kind: "unavailable",
    reason:
      "Clawdbot can't be opened from here yet: its own sign-in needs the runtime agent, which is still to come.",
  },
  guest: { cpuKind: "shared", cpus: 2, memoryMb: 2048 },
  volumeSizeGb: 3,
};
