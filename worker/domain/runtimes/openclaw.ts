import { MINUTE_MS } from "../../platform/clock.ts";
import type { RuntimeDescriptor } from "./descriptor.ts";
import { VOLUME_PATH } from "./descriptor.ts";

const DOOR_HEADER = "LAUNCHPAD_DOOR_HEADER";

/**
 * OpenClaw behind our door. The gateway listens on loopback and trusts what stands in front of it inside the machine:
 * locally Fly Proxy's stand-in, on Fly the runtime agent. It accepts the user `owner` when a request carries a header
 * whose name only the door knows (upstream checks presence, not value: `docs/gateway/trusted-proxy-auth.md`).
 */
export const openclaw: RuntimeDescriptor = {
  id: "openclaw",
  title: "OpenClaw",
  summary: "The current assistant, with its full Control UI.",
  legacy: false,
  versions: ["2026.9.6"],
  imageName: "openclaw",
  command: ["openclaw", "gateway", "run", "--port", "18789", "--bind", "loopback"],
  env: {
    HOME: `${VOLUME_PATH}/home`,
    OPENCLAW_STATE_DIR: `${VOLUME_PATH}/state`,
    OPENCLAW_CONFIG_PATH: "/etc/launchpad/openclaw.json",
    OPENCLAW_DISABLE_BONJOUR: "1",
    OPENCLAW_NO_AUTO_UPDATE: "1",
    NODE_OPTIONS: "--max-old-space-size=1536",
  },
  configPath: "/etc/launchpad/openclaw.json",
  config: ({ origin, port }) => ({
    gateway: {
      mode: "local",
      port,
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
    logging: { consoleStyle: "json" },
  }),
  secrets: [{ name: DOOR_HEADER, kind: "header_name" }],
  port: 18789,
  health: { kind: "http_check", path: "/startupz" },
  startGraceMs: 5 * MINUTE_MS,
  stopTimeoutMs: 5 * MINUTE_MS,
  door: { kind: "trusted_proxy", headerNameSecret: DOOR_HEADER },
  guest: { cpuKind: "shared", cpus: 2, memoryMb: 2048 },
  volumeSizeGb: 3,
};
