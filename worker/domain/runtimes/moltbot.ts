import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor } from "./descriptor.ts";
import { VOLUME_PATH } from "./descriptor.ts";

const TOKEN = "CLAWDBOT_GATEWAY_TOKEN";

/**
 * The Moltbot line. npm's `moltbot` is a placeholder; the nearest artifact that runs is `openclaw@2026.1.30`, published
 * days after the rename. It predates the WebSocket hijack fix (2026.3.11), so it is legacy and only behind our door.
 */
export const moltbot: RuntimeDescriptor = {
  id: "moltbot",
  title: "Moltbot",
  summary: "The January 2026 line, kept until you migrate.",
  legacy: true,
  versions: ["2026.1.30"],
  imageName: "moltbot",
  command: ["openclaw", "gateway", "--port", "18789", "--bind", "loopback", "--auth", "token"],
  env: {
    HOME: `${VOLUME_PATH}/home`,
    OPENCLAW_STATE_DIR: `${VOLUME_PATH}/state`,
    OPENCLAW_CONFIG_PATH: `${VOLUME_PATH}/state/openclaw.json`,
    NODE_OPTIONS: "--max-old-space-size=1536",
  },
  configPath: `${VOLUME_PATH}/state/openclaw.json`,
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
      "Moltbot can't be opened from here yet: its own sign-in needs the runtime agent, which is still to come.",
  },
  guest: { cpuKind: "shared", cpus: 2, memoryMb: 2048 },
  volumeSizeGb: 3,
};
