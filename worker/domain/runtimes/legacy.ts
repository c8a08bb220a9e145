import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor, RuntimeId } from "./descriptor.ts";
import { configPath, GATEWAY_PORT, NO_KEY, SMALL_GUEST, VOLUME_PATH, VOLUME_SIZE_GB } from "./descriptor.ts";

/** The variable both of the old lines take their token from, whatever they are called. */
const TOKEN = "CLAWDBOT_GATEWAY_TOKEN";

/**
 * The January 2026 gateways. They have no probe, so they are asked with their token, and no trusted-proxy mode, so
 * their own page has to wait for the runtime agent. The token is taken from the environment alone.
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
      gateway: { mode: "local", bind: "loopback", auth: { mode: "token" }, trustedProxies: ["127.0.0.1"] },
      // "fatal": its file log goes to a place all gateways of a computer share, and "silent" complains without end.
      logging: { level: "fatal", consoleLevel: "info", consoleStyle: "json" },
      update: { checkOnStart: false },
      // Both open further ports beside the gateway's.
      browser: { enabled: false },
      canvasHost: { enabled: false },
    }),
    secrets: [{ name: TOKEN, kind: "token" }],
    port: GATEWAY_PORT,
    health: { kind: "tools_invoke", tokenSecret: TOKEN },
    startGraceMs: 5 * MINUTE_MS,
    stopTimeoutMs: 2 * MINUTE_MS,
    door: {
      kind: "unavailable",
      reason: `${input.title} can't be opened from here yet: its own sign-in needs the runtime agent, which is still to come.`,
    },
    guest: SMALL_GUEST,
    volumeSizeGb: VOLUME_SIZE_GB,
  };
}
