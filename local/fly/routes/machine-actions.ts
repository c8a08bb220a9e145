import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import { parseDuration } from "../durations.ts";
import type { Machine } from "../entities.ts";
import { badRequest, failedPrecondition, notBuilt } from "../errors.ts";
import { flag, nonceOf, optional, param, readBody } from "../http.ts";
import type { StopOrder } from "../machine-driver.ts";
import { signalOf } from "../signals.ts";

const duration = z.union([z.string(), z.number()]);
const stopSchema = z.looseObject({
  signal: optional(z.union([z.string(), z.number()])),
  timeout: optional(duration),
});
const signalSchema = z.looseObject({ signal: z.union([z.string(), z.number()]) });
const execSchema = z.looseObject({
  command: optional(z.array(z.string())),
  /** Deprecated: one string. */
  cmd: optional(z.string()),
  stdin: optional(z.string()),
  /** Seconds. */
  timeout: optional(z.number()),
});

/** Fly's own bounds of an exec aren't documented; a minute is what its client waits. */
const EXEC_TIMEOUT_MS = 60_000;

/** What is done to a machine: start, stop, restart, signal, cordon, exec. A lease held by another refuses them all. */
export function machineActionRoutes(cloud: Cloud): Hono {
  const routes = new Hono();
  const base = "/apps/:app/machines/:id";

  function guarded(c: Context): Machine {
    const machine = cloud.machine(param(c, "app"), param(c, "id"));
    cloud.leases.guard(machine, nonceOf(c));
    return machine;
  }

  routes.post(`${base}/start`, (c) => {
    const previous = cloud.lifecycle.start(guarded(c), "user");
    return c.json({ previous_state: previous, migrated: false, new_host: "" });
  });

  routes.post(`${base}/stop`, async (c) => {
    const order = stopOrder(await readBody(c, stopSchema));
    cloud.lifecycle.stop(guarded(c), order);
    return c.json({ ok: true });
  });

  routes.post(`${base}/restart`, (c) => {
    const machine = guarded(c);
    const asked = stopOrder({ signal: c.req.query("signal"), timeout: c.req.query("timeout") });
    cloud.lifecycle.restart(machine, flag(c, "force_stop") ? { signal: "SIGKILL", timeoutMs: 0 } : asked);
    return c.json({ ok: true });
  });

  routes.post(`${base}/signal`, async (c) => {
    const { signal } = await readBody(c, signalSchema);
    const running = requireRunning(cloud, guarded(c));
    await running.signal(requireSignal(signal));
    return c.json({ ok: true });
  });

  for (const [verb, cordoned] of [
    ["cordon", true],
    ["uncordon", false],
  ] as const) {
    routes.post(`${base}/${verb}`, (c) => {
      cloud.machines.change(guarded(c).id, { cordoned });
      return c.json({ ok: true });
    });
  }

  routes.post(`${base}/exec`, async (c) => {
    const body = await readBody(c, execSchema);
    const command =
      body.command ?? (body.cmd === undefined ? [] : body.cmd.split(" ").filter((word) => word !== ""));
    if (command.length === 0) throw badRequest("invalid command, cannot be empty");
    const running = requireRunning(cloud, guarded(c));
    const timeoutMs =
      body.timeout === undefined || body.timeout <= 0 ? EXEC_TIMEOUT_MS : body.timeout * 1_000;
    // 200 even when the command fails: the answer tells how it ended (facts/fly.md section 2).
    const result = await running.exec(command, {
      timeoutMs,
      ...(body.stdin === undefined ? {} : { stdin: body.stdin }),
    });
    return c.json({
      exit_code: result.exitCode,
      exit_signal: result.exitSignal,
      stdout: result.stdout,
      stderr: result.stderr,
    });
  });

  routes.post(`${base}/suspend`, () => {
    throw notBuilt("suspend");
  });
  routes.get(`${base}/ps`, () => {
    throw notBuilt("ps");
  });
  routes.all(`${base}/memory`, () => {
    throw notBuilt("memory");
  });

  return routes;
}

function requireRunning(cloud: Cloud, machine: Machine) {
  const running = cloud.driver.runningOf(machine.id);
  if (running === null) throw failedPrecondition("machine not running");
  return running;
}

function requireSignal(value: string | number): NodeJS.Signals {
  const signal = signalOf(value);
  if (signal === undefined) throw badRequest(`invalid signal: ${value}`);
  return signal;
}

function stopOrder(input: {
  signal: string | number | undefined;
  timeout: string | number | undefined;
}): StopOrder {
  const order: StopOrder = {};
  if (input.signal !== undefined && input.signal !== "") order.signal = requireSignal(input.signal);
  if (input.timeout !== undefined && input.timeout !== "") {
    const timeoutMs = parseDuration(input.timeout);
    if (timeoutMs === null) throw badRequest(`invalid timeout: ${input.timeout}`);
    order.timeoutMs = timeoutMs;
  }
  return order;
}
