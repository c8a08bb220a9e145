import { z } from "zod";
import type { MachineSeen } from "../../domain/deployment/moves.ts";
import { guestSchema } from "../../domain/usage-record.ts";
import { fromIso } from "../../platform/clock.ts";

/** Fly's Machine (`superfly/docs` machines/api, fly-go `machine_types.go`), translated into our words. */

const exitEvent = z.looseObject({
  exit_code: z.number().nullish(),
  oom_killed: z.boolean().nullish(),
  requested_stop: z.boolean().nullish(),
});

const event = z.looseObject({
  type: z.string(),
  status: z.string().nullish(),
  timestamp: z.number(),
  request: z
    .looseObject({
      exit_event: exitEvent.nullish(),
      // Some exits carry it one level deeper, and fly-go prefers that one.
      MonitorEvent: z.looseObject({ exit_event: exitEvent.nullish() }).nullish(),
      message: z.string().nullish(),
    })
    .nullish(),
});
type Event = z.infer<typeof event>;

const wireConfig = z.looseObject({
  image: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  mounts: z.array(z.looseObject({ volume: z.string().nullish() })).nullish(),
  guest: z
    .looseObject({ cpu_kind: z.unknown(), cpus: z.unknown(), memory_mb: z.unknown() })
    .partial()
    .nullish(),
});

const wireMachine = z.looseObject({
  id: z.string(),
  state: z.string(),
  instance_id: z.string(),
  created_at: z.string(),
  // `incomplete_config` stands in while the host is away (`host_status`).
  config: wireConfig.nullish(),
  incomplete_config: wireConfig.nullish(),
  checks: z.array(z.looseObject({ name: z.string(), status: z.string() })).nullish(),
  events: z.array(event).nullish(),
});

/** States of `superfly/docs` machines/machine-states that are neither rest nor a plain transition for us. */
const STATES: Readonly<Record<string, MachineSeen["state"]>> = {
  created: "created",
  creating: "created",
  starting: "starting",
  started: "started",
  stopping: "stopping",
  suspending: "stopping",
  stopped: "stopped",
  suspended: "suspended",
  failed: "failed",
  launch_failed: "failed",
  destroying: "destroying",
  destroyed: "destroyed",
};

export const machineSchema: z.ZodType<MachineSeen> = wireMachine.transform((wire): MachineSeen => {
  const events = [...(wire.events ?? [])].sort((a, b) => b.timestamp - a.timestamp);
  const [newest] = events;
  const config = wire.config ?? wire.incomplete_config;
  const exits = events.filter(({ type }) => type === "exit");
  const starts = events.filter(({ type, status }) => type === "start" && status === "started");
  return {
    id: wire.id,
    instanceId: wire.instance_id,
    // Unknown words (`replacing`, `restarting`, whatever comes) are a change under way: wait and look again.
    state: STATES[wire.state] ?? "changing",
    metadata: config?.metadata ?? {},
    image: config?.image ?? null,
    volumeId: config?.mounts?.[0]?.volume ?? null,
    checks: checksOf(wire.checks ?? []),
    createdAt: fromIso(wire.created_at),
    guest: guestOf(config?.guest),
    startedAt: starts[0]?.timestamp ?? null,
    lastExit: exitOf(exits[0]),
    crashedAt: exits.filter((exit) => exitOf(exit)?.requested === false).map(({ timestamp }) => timestamp),
    starts: starts.map(({ timestamp }) => timestamp),
    exits: exits.map(({ timestamp }) => timestamp),
    pull: newest?.type === "pull" && newest.status === "pulling" ? (newest.request?.message ?? null) : null,
    failure: STATES[wire.state] === "failed" ? (newest?.request?.message ?? null) : null,
  };
});

function guestOf(wire: z.infer<typeof wireConfig>["guest"]): MachineSeen["guest"] {
  const parsed = guestSchema.safeParse({
    cpuKind: wire?.cpu_kind,
    cpus: wire?.cpus,
    memoryMb: wire?.memory_mb,
  });
  return parsed.success ? parsed.data : null;
}

/** No checks yet is not "all passing"; flyctl's made-up compatibility checks count for nothing. */
function checksOf(checks: readonly { name: string; status: string }[]): MachineSeen["checks"] {
  const real = checks.filter(({ name }) => !name.startsWith("bg_deployments_compat"));
  if (real.length === 0) return "none";
  return real.every(({ status }) => status === "passing") ? "passing" : "failing";
}

function exitOf(exit: Event | undefined): MachineSeen["lastExit"] {
  if (exit === undefined) return null;
  const what = exit.request?.MonitorEvent?.exit_event ?? exit.request?.exit_event;
  return {
    at: exit.timestamp,
    exitCode: what?.exit_code ?? null,
    oomKilled: what?.oom_killed ?? false,
    requested: what?.requested_stop ?? false,
  };
}
