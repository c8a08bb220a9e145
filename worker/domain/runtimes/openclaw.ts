import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor } from "./descriptor.ts";
import { configPath, GATEWAY_PORT, NO_KEY, SMALL_GUEST, VOLUME_PATH, VOLUME_SIZE_GB } from "./descriptor.ts";

/** The one user a gateway knows; members with other roles come with teams. */
const OWNER = "owner";
/** Stands in the config until the agent has put in the name of this start. */
const UNKNOWN_HEADER = "x-lp-unset";

/**
 * OpenClaw behind our agent. The gateway listens on loopback and takes the user `owner` from a header whose name the
 * agent makes up at every start and puts in the config at `userHeader`: upstream knows no secret between itself and a
 * proxy, and checks that headers are there, not who sends them (openclaw docs/gateway/trusted-proxy-auth, 2026.9.6).
 * Without that name all it answers is 401.
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
        identityScopes: { [OWNER]: ["operator.admin"] },
        trustedProxy: {
          userHeader: UNKNOWN_HEADER,
          requiredHeaders: ["x-forwarded-proto", "x-forwarded-host"],
          allowUsers: [OWNER],
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
  configPathEnv: "OPENCLAW_CONFIG_PATH",
  portEnv: "OPENCLAW_GATEWAY_PORT",
  secrets: [{ name: "OPENCLAW_GATEWAY_PASSWORD" }],
  entry: { kind: "header", user: OWNER, headerNameAt: ["gateway", "auth", "trustedProxy", "userHeader"] },
  probe: { kind: "http", path: "/startupz" },
  startGraceMs: 5 * MINUTE_MS,
  // Upstream drains active turns for up to 315 s.
  stopTimeoutMs: 5 * MINUTE_MS,
  guest: SMALL_GUEST,
  volumeSizeGb: VOLUME_SIZE_GB,
};
