import path from "node:path";
import type { AgentDescriptor } from "../../../images/agent/contract/descriptor.ts";
import { AUDIENCE, ORIGIN } from "./door.ts";
import type { createDoor } from "./door.ts";

/** What an agent of a test is told, with some other gateway's command. */
export const descriptorOf = (
  argv: AgentDescriptor["argv"],
  changes: Partial<AgentDescriptor> = {},
): AgentDescriptor => ({
  version: 1,
  runtime: "fake",
  argv,
  env: ["GATEWAY_PORT", "GATEWAY_CONFIG", "GATEWAY_REPORT", "MY_KEY"],
  config: {
    pathEnv: "GATEWAY_CONFIG",
    content: { gateway: { userHeader: "x-lp-unset" }, say: "${MY_KEY}" },
  },
  portEnv: "GATEWAY_PORT",
  origin: ORIGIN,
  entry: { kind: "header", user: "owner", headerNameAt: ["gateway", "userHeader"] },
  probe: { kind: "http", path: "/startupz" },
  egress: { allow: [] },
  drainMs: 5_000,
  configExitCode: 78,
  ...changes,
});

/** A machine's environment, with everything of it in `dir`; its descriptor is `dir/agent.json`. */
export const environmentOf = (
  dir: string,
  door: ReturnType<typeof createDoor>,
  guard: { host: string; port: number },
  gatewayPort: number,
): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: path.join(dir, "data", "home"),
  FLY_APP_NAME: AUDIENCE.split("/")[0] ?? "",
  FLY_MACHINE_ID: AUDIENCE.split("/")[1] ?? "",
  LAUNCHPAD_AGENT_DESCRIPTOR: path.join(dir, "agent.json"),
  LAUNCHPAD_DOOR_KEYS: JSON.stringify(door.jwks),
  LAUNCHPAD_GUARD_HOST: guard.host,
  LAUNCHPAD_GUARD_PORT: String(guard.port),
  GATEWAY_PORT: String(gatewayPort),
  GATEWAY_CONFIG: path.join(dir, "etc", "gateway.json"),
  MY_KEY: "the value of my key",
});
