import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor, RuntimeId } from "./descriptor.ts";
import { configPath, GATEWAY_PORT, NO_KEY, SMALL_GUEST, VOLUME_PATH, VOLUME_SIZE_GB } from "./descriptor.ts";

/** The variable both of the old lines take their password from, whatever they are called. */
const PASSWORD = "CLAWDBOT_GATEWAY_PASSWORD";

/**
 * The January 2026 gateways. They have no probe, so the agent asks them with their password, and no trusted-proxy mode:
 * the agent adds the password to the first message of a WebSocket. A token would not do, because pages sign it
 * together with what the browser's own key vouches for. The password is taken from the environment alone.
 */
export function legacyRuntime(input: {
  id: RuntimeId;
  title: string;
  summary: string;
  version: string;
  bin: string;
  /** Prefix of its variables; `MOLTBOT_` ones were never read. */
  prefix: "CLAWDBOT" | "OPENCLAW";
}): RuntimeDescriptor {
  return {
    id: input.id,
    title: input.title,
    summary: input.summary,
    legacy: true,
    versions: [input.version],
    imageName: input.id,
    command: [input.bin, "gateway", "run"],
    env: {
      HOME: `${VOLUME_PATH}/home`,
      [`${input.prefix}_STATE_DIR`]: `${VOLUME_PATH}/state`,
      [`${input.prefix}_CONFIG_PATH`]: configPath(input.id),
      [`${input.prefix}_GATEWAY_PORT`]: String(GATEWAY_PORT),
      [`${input.prefix}_DISABLE_BONJOUR`]: "1",
      CLAWDBOT_SKIP_GMAIL_WATCHER: "1",
      NODE_OPTIONS: "--max-old-space-size=1536",
      [NO_KEY.name]: NO_KEY.value,
    },
    config: () => ({
      gateway: { mode: "local", bind: "loopback", auth: { mode: "password" } },
      // "fatal": its file log goes to a place all gateways of a computer share, and "silent" complains without end.
      logging: { level: "fatal", consoleLevel: "info", consoleStyle: "json" },
      update: { checkOnStart: false },
      // Both open further ports beside the gateway's.
      browser: { enabled: false },
      canvasHost: { enabled: false },
    }),
    configPathEnv: `${input.prefix}_CONFIG_PATH`,
    portEnv: `${input.prefix}_GATEWAY_PORT`,
    secrets: [{ name: PASSWORD }],
    entry: { kind: "connect_frame", passwordEnv: PASSWORD },
    probe: { kind: "tools_invoke", passwordEnv: PASSWORD },
    startGraceMs: 5 * MINUTE_MS,
    stopTimeoutMs: 2 * MINUTE_MS,
    guest: SMALL_GUEST,
    volumeSizeGb: VOLUME_SIZE_GB,
  };
}
