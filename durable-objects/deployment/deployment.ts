import { DurableObject } from "cloudflare:workers";
import { flyClient } from "../../worker/clients/fly/fly.ts";
import type { LogPage } from "../../worker/clients/fly/logs.ts";
import type { FlyTransport } from "../../worker/clients/fly/transport.ts";
import type { Backup } from "../../worker/domain/deployment/backup.ts";
import type { ControlTarget } from "../../worker/domain/deployment/control.ts";
import { controlTarget, gatewayRestarts } from "../../worker/domain/deployment/control.ts";
import type { Intent } from "../../worker/domain/deployment/intent.ts";
import { accept } from "../../worker/domain/deployment/intent.ts";
import { lookAgain } from "../../worker/domain/deployment/look-again.ts";
import { retellUsage } from "../../worker/domain/deployment/meter.ts";
import type { TimelineEvent } from "../../worker/domain/deployment/moves.ts";
import { appName } from "../../worker/domain/deployment/names.ts";
import type { Operation } from "../../worker/domain/deployment/operate.ts";
import { operate, requestBackup, stageSecrets } from "../../worker/domain/deployment/operate.ts";
import { note } from "../../worker/domain/deployment/progress.ts";
import type { Resource } from "../../worker/domain/deployment/owns.ts";
import { disowns } from "../../worker/domain/deployment/owns.ts";
import type { NewDeployment, State } from "../../worker/domain/deployment/state.ts";
import { initialState } from "../../worker/domain/deployment/state.ts";
import { STEP_WORDS } from "../../worker/domain/deployment/steps.ts";
import type { Snapshot } from "../../worker/domain/deployment/view.ts";
import { snapshotOf } from "../../worker/domain/deployment/view.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import { newId } from "../../worker/domain/ids.ts";
import { publicKeySet } from "../../worker/domain/door-keys.ts";
import type { Config, Env } from "../../worker/env.ts";
import { deploymentOrigin, parseConfig } from "../../worker/env.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { MINUTE_MS, openClock, systemClock } from "../../worker/platform/clock.ts";
import { consoleLogger, describeError } from "../../worker/platform/logger.ts";
import { systemRandom } from "../../worker/platform/random.ts";
import type { Result } from "../../worker/platform/result.ts";
import { fail, ok } from "../../worker/platform/result.ts";
import { markUnreadable, project } from "../../worker/store/projection.repo.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import { insertAudit } from "../../worker/store/audit.repo.ts";
import type { Db } from "../../worker/store/db.ts";
import { openDb } from "../../worker/store/db.ts";
import { deleteSecrets } from "../../worker/store/vault.repo.ts";
import { keysOf } from "../../worker/vault/keys.ts";
import { openVault } from "../../worker/vault/vault.ts";
import type { DriverPorts } from "./driver.ts";
import { runAlarm } from "./driver.ts";
import { hands } from "./hands.ts";
import { acceptDoor, acceptLive, broadcast, closeDoors } from "./sockets.ts";
import type { StoredEvent } from "./records.ts";
import { readCleanLog } from "./machine-log.ts";
import { DeploymentSecrets } from "./secrets.ts";
import { DeploymentStorage, UnreadableStateError } from "./storage.ts";

/** Where the door leads, for a request that is allowed in. */
export type Doorway = {
  accountId: AccountId;
  app: string;
  machineId: string;
};

/** An alarm this long overdue was lost by the platform; an object that wakes for any reason sets a new one. */
const ALARM_LOST_MS = 2 * MINUTE_MS;
/** How often an object whose document can't be read looks whether a new version of us can. */
const UNREADABLE_RETRY_MS = 10 * MINUTE_MS;

/**
 * One deployment: the authority on what is wanted and what exists. RPCs record wishes and answer questions; only the
 * alarm acts (`driver.ts`). Every RPC is idempotent and safe to repeat.
 */
export class Deployment extends DurableObject<Env> {
  readonly #config: Config;
  readonly #storage: DeploymentStorage;
  readonly #secrets: DeploymentSecrets;
  /** Ends the present long poll when a new wish arrives. */
  #waiting = new AbortController();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#config = parseConfig(env);
    this.#storage = new DeploymentStorage(ctx.storage.sql, (state) => this.#view(state));
    const db = openDb(env.DB);
    this.#secrets = new DeploymentSecrets(() => this.#storage.load()?.identity.id ?? null, {
      db,
      vault: () =>
        openVault({
          db,
          keys: keysOf(this.#config, platformFetch),
          random: systemRandom,
          clock: systemClock,
        }),
      logger: consoleLogger,
      now: async () => (await openClock(this.env.CLOCK)).now(),
      onRead: (names, revision) => this.#auditRead(db, names, revision),
    });
    // A state that owes work without an alarm would sleep for ever (iterate/iterate#2520).
    if (this.#owesWork()) void ctx.blockConcurrencyWhile(async () => this.#rearm());
  }

  /** Records a new deployment; answers the existing one when it is there already. */
  async create(input: NewDeployment): Promise<Result<Snapshot>> {
    const clock = await openClock(this.env.CLOCK);
    return this.#withState((existing) => {
      if (existing === null) {
        const state = initialState(input);
        const checked = {
          ...note(state, "validate", STEP_WORDS.validate.done, clock.now()),
          state: "done" as const,
          durationMs: 0,
        };
        this.#storage.commit(state, [checked]);
        this.#storage.setMeta({ projectedAt: clock.now() });
        this.#arm(clock, clock.now());
        return ok(this.#view(state));
      }
      return ok(this.#view(existing));
    });
  }

  /** Records a wish. Errors: `deployment.not_found`, `deployment.deleted`, `deployment.state_conflict`. */
  async intend(intent: Intent): Promise<Result<Snapshot>> {
    const clock = await openClock(this.env.CLOCK);
    return this.#withState((state) => {
      if (state === null) return notFound();
      const accepted = accept(state, intent, clock.now());
      if (!accepted.ok) return accepted;
      this.#take(clock, state, accepted.value);
      return ok(this.#view(accepted.value.state));
    });
  }

  /** Keeps what an RPC changed and wakes the alarm; a wait under way is given up. */
  #take(
    clock: Clock,
    before: State,
    { state, events }: { state: State; events: readonly TimelineEvent[] },
  ): void {
    if (state === before) return;
    this.#save(state, events);
    this.#waiting.abort();
    this.#waiting = new AbortController();
    this.#arm(clock, clock.now());
  }

  /** Errors: `deployment.not_found`; `internal.error` when its document can't be read. */
  async snapshot(): Promise<Result<Snapshot>> {
    return this.#withState((state) => (state === null ? notFound() : ok(this.#view(state))));
  }

  /** Newest first. Errors: `deployment.not_found`. */
  async backups(): Promise<Result<readonly Backup[]>> {
    return this.#withState((state) => (state === null ? notFound() : ok(state.status.backups)));
  }

  /** Errors: `deployment.not_found`, `deployment.state_conflict`. */
  async requestBackup(id: string): Promise<Result<Backup>> {
    const clock = await openClock(this.env.CLOCK);
    return this.#withState((state) => {
      if (state === null) return notFound();
      const told = requestBackup(state, id, clock.now());
      if (!told.ok) return told;
      this.#take(clock, state, told.value);
      const backup = told.value.state.status.backups.find((other) => other.id === id);
      return backup === undefined ? fail("internal.error", "The backup was not taken in.") : ok(backup);
    });
  }

  /** Its secrets changed in the vault, up to this revision. Errors: `deployment.not_found`. */
  async stageSecrets(revision: number): Promise<Result<Snapshot>> {
    this.#secrets.forget();
    return this.#withState((state) => {
      if (state === null) return notFound();
      const staged = stageSecrets(state, revision);
      if (staged !== state) this.#save(staged, []);
      return ok(this.#view(staged));
    });
  }

  /** What an operator does by hand. Errors: `deployment.not_found`, `deployment.deleted`. */
  async operate(operation: Operation): Promise<Result<Snapshot>> {
    const clock = await openClock(this.env.CLOCK);
    return this.#withState((state) => {
      if (state === null) return notFound();
      const told = operate(state, operation, clock.now());
      if (!told.ok) return told;
      this.#take(clock, state, told.value);
      return ok(this.#view(told.value.state));
    });
  }

  /** Where its agent is to be called. Errors: `deployment.not_found`, `deployment.state_conflict`. */
  async controlTarget(): Promise<Result<ControlTarget>> {
    return this.#withState((state) => (state === null ? notFound() : controlTarget(state)));
  }

  /** Its agent was told to start the gateway anew. Errors: `deployment.not_found`. */
  async gatewayRestarts(): Promise<Result<Snapshot>> {
    const clock = await openClock(this.env.CLOCK);
    return this.#withState((state) => {
      if (state === null) return notFound();
      const told = gatewayRestarts(state, clock.now());
      this.#save(told.state, told.events);
      this.#arm(clock, clock.now());
      return ok(this.#view(told.state));
    });
  }

  /** The timeline, newest first. */
  async timeline(before: number | null, limit: number): Promise<readonly StoredEvent[]> {
    return this.#storage.events(before, limit);
  }

  /** The machine's own lines, with secrets taken out. Errors: `deployment.not_found`, `service.unavailable`. */
  async logs(nextToken: string | null): Promise<Result<LogPage>> {
    const state = this.#storage.load();
    if (state === null) return notFound();
    if (state.status.app.is !== "known") return ok({ lines: [], nextToken: null });
    const outcome = await this.#readLog(appName(state.identity), nextToken);
    if (outcome.kind === "not_found") return ok({ lines: [], nextToken });
    if (outcome.kind !== "ok") return fail("service.unavailable", "The logs can't be read right now.");
    return ok(outcome.value);
  }

  #readLog(app: string, nextToken: string | null): Promise<Outcome<LogPage>> {
    return readCleanLog(this.#transport(this.#config.FLY_LOGS_BASE), this.#secrets, app, nextToken);
  }

  async #lastLines(app: string): Promise<Outcome<readonly string[]>> {
    const outcome = await this.#readLog(app, null);
    if (outcome.kind !== "ok") return outcome;
    return { kind: "ok", value: outcome.value.lines.map(({ message }) => message) };
  }

  /** Whether and where the door leads now. Errors: `deployment.not_found`, `billing.payment_required`, `deployment.door_closed`. */
  async doorway(slug: string): Promise<Result<Doorway>> {
    return this.#withState((state) => {
      if (state === null || state.identity.slug !== slug) return notFound();
      if (state.spec.holds.includes("billing"))
        return fail("billing.payment_required", "The plan of this assistant isn't paid, so it is stopped.");
      const { closedBecause } = this.#view(state);
      if (closedBecause !== null) return fail("deployment.door_closed", closedBecause);
      const { machine } = state.status;
      if (machine.is !== "known") return fail("deployment.door_closed", "The assistant has no machine.");
      return ok({
        accountId: state.identity.accountId,
        app: appName(state.identity),
        machineId: machine.id,
      });
    });
  }

  /** Reading values for a machine stands on its account's record. */
  async #auditRead(db: Db, names: readonly string[], revision: number): Promise<void> {
    const state = this.#storage.load();
    if (state === null) return;
    const clock = await openClock(this.env.CLOCK);
    await insertAudit(db, {
      id: newId("audit", clock.now(), systemRandom),
      chain: state.identity.accountId,
      at: clock.now(),
      actorKind: "system",
      actorId: null,
      action: "secret.read_by_machine",
      targetId: state.identity.id,
      outcome: "ok",
      requestId: null,
      content: { names: [...names], revision },
      personal: null,
    });
  }

  /** Cuts every connection a session holds open to the gateway. */
  async closeSession(sessionId: string): Promise<void> {
    closeDoors(this.ctx, sessionId, "session revoked");
  }

  /** Makes it look at Fly now; harmless at any time. */
  async poke(): Promise<void> {
    const clock = await openClock(this.env.CLOCK);
    const known = this.#withState((state) => (state === null ? notFound() : ok(state)));
    if (known.ok) this.#save(lookAgain(known.value), []);
    this.#arm(clock, clock.now());
  }

  /** Whether a resource at Fly is surely not its own; what can't be read owns everything. */
  async disowns(resource: Resource): Promise<boolean> {
    const known = this.#withState((state) => ok(state === null || disowns(state, resource)));
    return known.ok && known.value;
  }

  /** Makes the next pass tell D1 everything again. */
  async reproject(): Promise<void> {
    this.#storage.forgetProjection();
    const known = this.#withState((state) => (state === null ? notFound() : ok(state)));
    if (known.ok) this.#save(retellUsage(known.value), []);
    await this.poke();
  }

  /** Sockets; the Worker has authorised the request already. `/live` for pages, `/door?session=` for the door. */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const state = this.#storage.load();
    if (state === null || request.headers.get("upgrade") !== "websocket")
      return new Response(null, { status: 404 });
    if (url.pathname === "/live") return acceptLive(this.ctx, this.#view(state));
    const session = url.searchParams.get("session");
    if (url.pathname !== "/door" || session === null) return new Response(null, { status: 404 });
    return acceptDoor(this.ctx, session);
  }

  override async alarm(): Promise<void> {
    const clock = await openClock(this.env.CLOCK);
    try {
      await runAlarm(this.#ports(clock));
      const state = this.#storage.load();
      // Once it is purged there is no machine left that they could open.
      if (state !== null && state.status.purgedAt !== null)
        await deleteSecrets(openDb(this.env.DB), state.identity.id);
    } catch (error) {
      if (!(error instanceof UnreadableStateError)) throw error;
      // Fails closed: nothing is done at Fly until somebody has looked at it.
      consoleLogger.error("deployment.unreadable", {
        durableObject: this.ctx.id.name,
        error: describeError(error),
      });
      this.#arm(clock, clock.now() + UNREADABLE_RETRY_MS);
      if (this.ctx.id.name !== undefined) await markUnreadable(this.env.DB, this.ctx.id.name);
    }
  }

  override webSocketMessage(): void {
    // Nothing is listened to; pings are answered by the platform.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 are for reading only (RFC 6455 §7.4.1).
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }

  #ports(clock: Clock): DriverPorts {
    const { FLY_API_BASE, FLY_ORG, IMAGE_BASE, RUNTIME_DEFAULTS, DOOR_SIGNING_KEYS } = this.#config;
    return {
      store: this.#storage,
      clock,
      random: systemRandom,
      logger: consoleLogger,
      arm: (at) => this.#arm(clock, at),
      project: (debt) => project(this.env.DB, debt),
      announce: (state) => this.#announce(state),
      hands: hands({
        fly: flyClient(this.#transport(FLY_API_BASE)),
        organization: FLY_ORG,
        imageBase: IMAGE_BASE,
        defaults: RUNTIME_DEFAULTS,
        doorKeys: publicKeySet(DOOR_SIGNING_KEYS),
        originOf: (slug) => deploymentOrigin(this.#config, slug),
        secrets: this.#secrets,
        lastLines: (app) => this.#lastLines(app),
        signal: () => this.#waiting.signal,
      }),
    };
  }

  #transport(baseUrl: string): FlyTransport {
    return { fetch: platformFetch, baseUrl, token: this.#config.FLY_API_TOKEN };
  }

  #view(state: State): Snapshot {
    return snapshotOf(state, (slug) => deploymentOrigin(this.#config, slug));
  }

  #save(next: State, events: readonly TimelineEvent[]): void {
    if (this.#storage.commit(next, events).changed) this.#announce(next);
  }

  #announce(state: State): void {
    const snapshot = this.#view(state);
    broadcast(this.ctx, snapshot);
    if (snapshot.closedBecause !== null) closeDoors(this.ctx, null, "the assistant is not running");
  }

  #arm(clock: Clock, at: number | null): void {
    // Not awaited on purpose: the write is durable before anything leaves the object (output gate).
    if (at === null) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(clock.toPlatform(at));
  }

  async #rearm(): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    const clock = await openClock(undefined);
    if (alarm === null || clock.now() - alarm > ALARM_LOST_MS) await this.ctx.storage.setAlarm(clock.now());
  }

  #owesWork(): boolean {
    try {
      const state = this.#storage.load();
      return state !== null && state.status.purgedAt === null;
    } catch {
      return true; // Unreadable: the alarm says so, and looks again after the next deploy.
    }
  }

  #withState<T>(act: (state: State | null) => Result<T>): Result<T> {
    try {
      return act(this.#storage.load());
    } catch (error) {
      if (!(error instanceof UnreadableStateError)) throw error;
      return fail(
        "internal.error",
        "Its state can't be read. Nothing is changed until our team has looked at it.",
      );
    }
  }
}

/** Workers' `fetch` must not be called as a method of something else. */
const platformFetch: typeof fetch = (input, init) => fetch(input, init);

const notFound = () => fail("deployment.not_found", "There is no such deployment.");
