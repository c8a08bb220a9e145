import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { shortName } from "../../local/fly/backends/podman/identity.ts";
import { whyNoPodman } from "../conformance/podman/harness.ts";
import { type HostileWorld, openWorld } from "./world.ts";

/**
 * `npm run test:hostile`: what a tenant can get from inside its machine, in containers and confined. Nothing may be
 * reached, what is taken must end somewhere and be reported, and three holes that are made on purpose must be found.
 * `--optional`: it is no failure where containers can't be had.
 */
type Attempts = Record<string, string | null>;
type Bounds = Record<string, boolean>;

const run = promisify(execFile);
const GB = 1024 ** 3;
/** What the machine's log may take of this computer. */
const LOG_MAX_KB = 25_000;
const REPORT_PATIENCE_MS = 20_000;
/** Which attempt finds which hole. */
const PLANTED = {
  "a service on this computer's loopback": "its port is opened to machines",
  "a machine of the same network": "the packet filter is taken away",
  "what belongs to another tenant, in any file or process":
    "a file of the victim's lies on the attacker's volume",
};

async function attempt(world: HostileWorld): Promise<Attempts> {
  const {
    stdout,
    stderr,
    exit_code: code,
  } = await world.exec(world.attacker, ["attempts", JSON.stringify({ world: world.targets })]);
  if (code !== 0) throw new Error(`The attempts could not be made: ${stderr}`);
  return JSON.parse(stdout) as Attempts; // Our own program's.
}

/** Takes all there is of everything, one after another. */
async function exhaust(world: HostileWorld): Promise<Bounds> {
  const { attacker } = world;
  const take = async (appetite: string): Promise<string> => {
    const { stdout } = await world.exec(attacker, ["attempts", JSON.stringify({ appetite })]);
    return stdout;
  };
  const disk = await take("disk");
  const inodes = await take("inodes");
  const scratch = await take("scratch");
  const processes = await take("processes");
  await take("memory");
  const lives = (await world.exec(attacker, ["echo", "alive"])).stdout.trim() === "alive";

  const eater = "const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1));";
  const hungry = await world.createMachine(attacker.app, ["node", "-e", eater]);
  await world.call(
    "GET",
    `/v1/apps/${attacker.app}/machines/${hungry.machine}/wait?state=stopped&timeout=60`,
  );
  const { events } = await world.call<{
    events: { type: string; request?: { exit_event?: { oom_killed: boolean } } }[];
  }>("GET", `/v1/apps/${attacker.app}/machines/${hungry.machine}`);
  const logs = await logsWith(world, "[confinement] refused");
  // In an app of its own: its flood pushes all else out of the log.
  const loud = await world.createMachine("loud", ["sh", "-c", "yes 0123456789 | head -c 100000000"]);
  await world.call("GET", `/v1/apps/${loud.app}/machines/${loud.machine}/wait?state=stopped&timeout=60`);
  const { stdout: logKb } = await run("du", ["-sk", join(world.stateDir, "machines", loud.machine)]);
  const volumes = await world.call<{ id: string; attached_machine_id: string }[]>(
    "GET",
    `/v1/apps/${attacker.app}/volumes`,
  );
  const own = volumes.find((volume) => volume.attached_machine_id === attacker.machine);
  const image = await stat(join(world.stateDir, "volumes", `${own?.id}.img`));
  return {
    "the volume is full at its size": disk.includes("No space left") && image.blocks * 512 <= 1.1 * GB,
    "files are refused when the volume has no more":
      Number(/files=(\d+)/.exec(inodes)?.[1] ?? 100_000) < 100_000,
    "scratch space is full at its size": scratch.includes("No space left"),
    "processes are refused": /fork/.test(processes),
    "the machine outlives all of it": lives,
    "a machine out of memory ends, and Fly's event says why": events.some(
      ({ type, request }) => type === "exit" && request?.exit_event?.oom_killed === true,
    ),
    "the log is cut": Number(/\d+/.exec(logKb)?.[0]) < LOG_MAX_KB,
    "memory is reported": logs.includes("Out of memory"),
    "what was refused is reported": logs.includes("[confinement] refused"),
  };
}

/** The attacker's log, once it says something: reports come every few seconds. */
async function logsWith(world: HostileWorld, text: string): Promise<string> {
  const deadline = performance.now() + REPORT_PATIENCE_MS;
  for (;;) {
    const logs = await world.logs(world.attacker.app);
    if (logs.includes(text) || performance.now() > deadline) return logs;
    await sleep(500);
  }
}

/** Makes the three holes; the first was made when the world was. */
async function plant(world: HostileWorld): Promise<void> {
  const { machine } = world.attacker;
  const namespace = `lp-${shortName(world.stateDir)}-${machine}`;
  await run("ip", ["netns", "exec", namespace, "nft", "delete", "table", "inet", "launchpad_confine"]);
  await world.exec(world.attacker, ["sh", "-c", `echo ${world.mark} > /data/found`]);
}

async function within<T>(isHostOpen: boolean, act: (world: HostileWorld) => Promise<T>): Promise<T> {
  const world = await openWorld({ isHostOpen });
  try {
    return await act(world);
  } finally {
    await world.close();
  }
}

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, optional: { type: "boolean", default: false } },
});
const refusal = await whyNoPodman();
if (refusal !== null) {
  if (values.json) process.stdout.write(`${JSON.stringify({ skipped: refusal })}\n`);
  // Nothing was tried, which is a success to nobody but who said that it may be.
  process.exit(values.optional ? 0 : 1);
}
const { attempts, bounds } = await within(false, async (world) => ({
  attempts: await attempt(world),
  bounds: await exhaust(world),
}));
const found = await within(true, async (world) => {
  await plant(world);
  return attempt(world);
});

const reached = Object.entries(attempts).filter(([, got]) => got !== null);
const unbounded = Object.entries(bounds).filter(([, is]) => !is);
const missed = Object.keys(PLANTED).filter((name) => (found[name] ?? null) === null);
const result = {
  attempts: Object.keys(attempts).length + Object.keys(bounds).length,
  reached: reached.length,
  plantedFound: missed.length === 0,
  unbounded: unbounded.length,
};
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else
  process.stdout.write(
    `${result.attempts} attempts, ${result.reached} reached, ${result.unbounded} unbounded; planted holes ${result.plantedFound ? "found" : "missed"}\n`,
  );
for (const [name, got] of reached) process.stderr.write(`REACHED ${name}: ${got}\n`);
for (const [name] of unbounded) process.stderr.write(`UNBOUNDED it isn't so that ${name}\n`);
for (const name of missed) process.stderr.write(`MISSED ${name}: ${PLANTED[name as keyof typeof PLANTED]}\n`);
process.exit(reached.length + unbounded.length + missed.length === 0 ? 0 : 1);
