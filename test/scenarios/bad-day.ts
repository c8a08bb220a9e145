import { z } from "zod";
import type { Switches } from "../../local/fly/faults.ts";
import { SECOND_MS } from "../../worker/platform/clock.ts";
import type { Addresses } from "../e2e/support/launchpad.ts";

/** A bad day at the local Fly, by its admin port: calls fail by chance, machines die, hosts vanish, Fly goes down. */
const CHANCES: Switches["chances"] = {
  "lost request": 0.02,
  "lost answer": 0.03,
  "server error": 0.02,
  "timeout 408": 0.01,
  "conflict 409": 0.01,
  "precondition 412": 0.01,
  "not found": 0.2,
  "rate limited": 0.03,
  "no capacity": 0.03,
  "stale read": 0.1,
};
const DEATH_EVERY_MS = 700;
const WATCH_EVERY_MS = 250;
/** The day's weather, one after another, over and over. */
const WEATHER: readonly { forMs: number; switches: Partial<Switches> }[] = [
  { forMs: 12 * SECOND_MS, switches: {} },
  { forMs: 5 * SECOND_MS, switches: { isDown: true } },
  { forMs: 8 * SECOND_MS, switches: { slowImageMs: 2 * SECOND_MS } },
  { forMs: 5 * SECOND_MS, switches: { fullRegions: ["fra"] } },
];
const HOST_GONE_MS = 5 * SECOND_MS;
const DEATHS = ["crash", "out of memory", "host gone"] as const;

const machinesSchema = z.array(
  z.object({ id: z.string(), app: z.string(), state: z.string(), isRunning: z.boolean() }),
);
const reportSchema = z.object({ injected: z.record(z.string(), z.number()) });

export function badDay({ flyAdmin, flyToken }: Addresses) {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${flyAdmin}${path}`, {
      method,
      headers: { authorization: `Bearer ${flyToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }
  const pause = (ms: number) => new Promise((elapsed) => setTimeout(elapsed, ms));
  const machines = async () => machinesSchema.parse(await call("GET", "/machines"));
  /** Apps that were seen with two machines running at once. */
  const twins = new Set<string>();
  /** Each dies once: three deaths within five minutes are a crash loop, rightly left alone for a while. */
  const dead = new Set<string>();

  async function killOne(): Promise<void> {
    const alive = (await machines()).filter(({ id, isRunning }) => isRunning && !dead.has(id));
    const victim = alive[Math.floor(Math.random() * alive.length)];
    if (victim === undefined) return;
    dead.add(victim.id);
    const how = DEATHS[dead.size % DEATHS.length];
    // It may have ended by itself meanwhile.
    await call("POST", `/apps/${victim.app}/machines/${victim.id}/death`, {
      how,
      forMs: HOST_GONE_MS,
    }).catch(() => null);
  }

  async function watch(): Promise<void> {
    const running = (await machines()).filter(({ isRunning }) => isRunning).map(({ app }) => app);
    for (const [index, app] of running.entries()) if (running.indexOf(app) !== index) twins.add(app);
  }

  return {
    twins,
    machines,
    report: async () => reportSchema.parse(await call("GET", "/faults")).injected,
    /** Every fault, again and again, while `isOn`. */
    async rage(isOn: () => boolean): Promise<void> {
      const weather = async () => {
        for (let index = 0; isOn(); index += 1) {
          const { forMs, switches } = WEATHER[index % WEATHER.length] ?? { forMs: SECOND_MS, switches: {} };
          await call("PUT", "/faults", { chances: CHANCES, ...switches });
          const until = performance.now() + forMs;
          while (isOn() && performance.now() < until) await pause(WATCH_EVERY_MS);
        }
      };
      const deaths = async () => {
        while (isOn()) {
          await pause(DEATH_EVERY_MS);
          await killOne();
        }
      };
      const eyes = async () => {
        while (isOn()) {
          await pause(WATCH_EVERY_MS);
          await watch();
        }
      };
      await Promise.all([weather(), deaths(), eyes()]);
    },
    over: () => call("PUT", "/faults", {}),
  };
}
