import { DurableObject } from "cloudflare:workers";
import { fleetClient } from "../../worker/clients/fly/fleet.ts";
import type { WatcherState } from "../../worker/domain/fleet/watcher.ts";
import type { Config, Env } from "../../worker/env.ts";
import { parseConfig } from "../../worker/env.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { MINUTE_MS, openClock } from "../../worker/platform/clock.ts";
import { consoleLogger } from "../../worker/platform/logger.ts";
import { systemRandom } from "../../worker/platform/random.ts";
import type { Memory } from "./watch.ts";
import { look, NEW_MEMORY } from "./watch.ts";

/** An alarm this long overdue was lost. */
const ALARM_LOST_MS = 2 * MINUTE_MS;

/** Follows Fly's feed of the whole organisation and pokes the deployments whose machine changed (`watch.ts`). */
export class FleetWatcher extends DurableObject<Env> {
  readonly #config: Config;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#config = parseConfig(env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS memory (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL)",
    );
  }

  /** Starts it, or starts it again after a lost alarm; harmless at any time. The cron sweep calls it. */
  async ensure(): Promise<WatcherState> {
    const clock = await openClock(this.env.CLOCK);
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null || clock.toPlatform(clock.now()) - alarm > ALARM_LOST_MS)
      await this.ctx.storage.setAlarm(clock.toPlatform(clock.now()));
    const { readUntil, strikes, lookedAt, owed } = this.#memory();
    return { readUntil, strikes, lookedAt, owed: owed.length };
  }

  override async alarm(): Promise<void> {
    const clock: Clock = await openClock(this.env.CLOCK);
    const { FLY_API_BASE, FLY_API_TOKEN, FLY_ORG, CONTROL_PLANE_ID } = this.#config;
    const transport = { fetch: platformFetch, baseUrl: FLY_API_BASE, token: FLY_API_TOKEN };
    await look({
      memory: () => this.#memory(),
      remember: (memory) => {
        this.ctx.storage.sql.exec(
          "INSERT INTO memory (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
          JSON.stringify(memory),
        );
      },
      fleet: fleetClient(transport, FLY_ORG),
      poke: (id) => this.env.DEPLOYMENT.getByName(id).poke(),
      controlPlaneId: CONTROL_PLANE_ID,
      clock,
      random: systemRandom,
      logger: consoleLogger,
      arm: (at) => void this.ctx.storage.setAlarm(clock.toPlatform(at)),
    });
  }

  #memory(): Memory {
    const [row] = this.ctx.storage.sql
      .exec<{ json: string }>("SELECT json FROM memory WHERE id = 1")
      .toArray();
    return row === undefined ? NEW_MEMORY : { ...NEW_MEMORY, ...(JSON.parse(row.json) as Memory) }; // Written above alone.
  }
}

/** Workers' `fetch` must not be called as a method of something else. */
const platformFetch: typeof fetch = (input, init) => fetch(input, init);
