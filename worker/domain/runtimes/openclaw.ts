import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor } from "./descriptor.ts";
import { configPath, GATEWAY_PORT, NO_KEY, SMALL_GUEST, VOLUME_PATH, VOLUME_SIZE_GB } from "./descriptor.ts";

const DOOR_HEADER = "LAUNCHPAD_DOOR_HEADER";

/**
 * OpenClaw behind our door. The gateway listens on loopback and trusts what stands in front of it inside the machine:
 * locally Fly Proxy's stand-in, on Fly the runtime agent. It takes the user `owner` from a request that carries a
 * header whose name only the door knows: upstream checks that required headers are there, not what they say
 * (openclaw docs/gateway/trusted-proxy-auth, 2026.9.6). A missing door header fails closed: everything is a 401.
 *
 * The password is for the CLI inside the machine alone; a request with forwarding headers can't use it.
 */
export const openclaw: RuntimeDescriptor = {
  id: "openclaw",
  title: "OpenClaw",
  summary: "The current assistant, with its full Control UI.",
  legacy: false,
  versions: ["2026.9.6"],
  imageName: "openclaw",
  command: ["openclaw", "gateway", "run"],
  env: {
    HOME: `${VOLUME_PATH}/home`,
    OPENCLAW_STATE_DIR: `${VOLUME_PATH}/state`,
    OPENCLAW_CONFIG_PATH: configPath("openclaw"),
    // Edits through the Control UI would be lost at the next boot; so it says that the config is managed elsewhere.
    OPENCLAW_CONFIG_READONLY: "1",
    OPENCLAW_GATEWAY_PORT: String(GATEWAY_PORT),
    OPENCLAW_DISABLE_BONJOUR: "1",
    OPENCLAW_NO_AUTO_UPDATE: "1",
    // No helper programs are fetched at run time: what runs is what the image holds.
    OPENCLAW_OFFLINE: "1",
    DO_NOT_TRACK: "1",
    NODE_OPTIONS: "--max-old-space-size=1536",
    LAUNCHPAD_LOG_FILE: `${VOLUME_PATH}/state/logs/gateway.log`,
    [NO_KEY.name]: NO_KEY.value,
  },
  config: ({ origin }) => ({
    gateway: {
      mode: "local",
      bind: "loopback",
      trustedProxies: ["127.0.0.1", "::1"],
      auth: {
        mode: "trusted-proxy",
        identityScopes: { owner: ["operator.admin"] },
        trustedProxy: {
          userHeader: "x-launchpad-user",
          requiredHeaders: [`\${${DOOR_HEADER}}`, "x-forwarded-proto", "x-forwarded-host"],
          allowUsers: ["owner"],
          allowLoopback: true,
          deviceAutoApprove: {
            enabled: true,
            scopes: ["operator.read", "operator.write", "operator.approvals", "operator.questions"],
          },
        },
      },
      controlUi: { allowedOrigins: [origin], communityInvite: false, automaticallyFetchFavicons: false },
    },
    // Its own default is a file in /tmp that all gateways of a computer share.
    logging: { consoleStyle: "json", consoleLevel: "info", file: "${LAUNCHPAD_LOG_FILE}" },
    update: { checkOnStart: false },
    telemetry: { enabled: false },
    discovery: { mdns: { mode: "off" } },
    models: { catalogRefresh: { enabled: false } },
  }),
  secrets: [
    { name: DOOR_HEADER, kind: "header_name" },
    { name: "OPENCLAW_GATEWAY_PASSWORD", kind: "token" },
  ],
  port: GATEWAY_PORT,
  health: { kind: "http_check", path: "/startupz" },
  startGraceMs: 5 * MINUTE_MS,
  // Upstream drains active turns for up to 315 s.
  stopTimeoutMs: 5 * MINUTE_MS,
  door: { kind: "trusted_proxy", headerNameSecret: DOOR_HEADER },
  guest: SMALL_GUEST,
  volumeSizeGb: VOLUME_SIZE_GB,
};
