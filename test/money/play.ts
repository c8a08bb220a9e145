import { cancelNow } from "../../local/stripe/billing/change.ts";
import { completeSession } from "../../local/stripe/billing/checkout.ts";
import { closeDispute, openDispute } from "../../local/stripe/billing/disputes.ts";
import { makeMethod } from "../../local/stripe/billing/methods.ts";
import { act as actInPortal } from "../../local/stripe/pages/portal.ts";
import type { World } from "../../local/stripe/world.ts";
import type { DeploymentId } from "../../worker/domain/ids.ts";
import { HOUR_MS, MINUTE_MS } from "../../worker/platform/clock.ts";
import type { Result } from "../../worker/platform/result.ts";
import type { Deps } from "../../worker/usecases/deps.ts";
import { refreshBilling } from "../../worker/usecases/billing.ts";
import { openPortal, startCheckout } from "../../worker/usecases/buy-plan.ts";
import { deleteDeployment } from "../../worker/usecases/change-deployment.ts";
import type { PlanChange } from "../../worker/usecases/change-plan.ts";
import { cancelPlan, changePlan } from "../../worker/usecases/change-plan.ts";
import { createDeployment } from "../../worker/usecases/create-deployment.ts";
import { History, Violation } from "./history.ts";
import { checkAtRest, checkPrompt } from "./invariants.ts";
import { Plane } from "./plane.ts";
import type { Act, Script, Step } from "./script.ts";
import { customersOf, liveOf } from "./truth.ts";
import { withoutWaiting } from "./timers.ts";

/** One script from an account's first moment to rest, looked at after each step and at the end. */
export type Outcome = { violation: string | null; struck: Record<string, number> };

/** Where nothing is wrong, an event is acted on long before the sweep asks after it. */
const PROMPT_MS = 4 * MINUTE_MS;
/** All that was told is acted on by then. */
const QUIET_MS = 10 * MINUTE_MS;
/** What was never told is asked for by then. */
const RECONCILED_MS = HOUR_MS + 2 * QUIET_MS;

export const play = (script: Script): Promise<Outcome> =>
  withoutWaiting(async () => {
    const plane = new Plane(script.seed);
    const history = new History(plane);
    const run = new Run(plane);
    let violation: string | null = null;
    try {
      await plane.begin();
      for (const step of script.steps) {
        await run.step(step);
        if (history.broken !== null) throw new Violation(history.broken);
        if (run.isCalm) checkAtRest(plane, history);
      }
      await run.settle();
      checkAtRest(plane, history);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation = error.message;
    }
    return { violation, struck: { ...plane.calls.struck, ...plane.shop.struck } };
  });

class Run {
  /** Nothing went wrong for a while and everything was told. */
  isCalm = true;
  readonly #plane: Plane;

  constructor(plane: Plane) {
    this.#plane = plane;
  }

  async step({ acts, delivery, troubles, faults, minutes }: Step): Promise<void> {
    const { shop, calls, time } = this.#plane;
    const isClean = troubles.length === 0 && faults.length === 0;
    shop.delivery = delivery;
    calls.arm(troubles);
    shop.arm(faults);
    this.#plane.complaints.length = 0;
    this.#plane.keepAwake(time.now + 2 * HOUR_MS);
    await this.#plane.run(() =>
      Promise.all(acts.map((act) => this.#try(act, isClean && this.isCalm && acts.length === 1))),
    );
    const { complaints } = this.#plane;
    if (isClean && this.isCalm && complaints.length > 0) throw new Violation(`It broke: ${complaints[0]}`);
    const until = time.now + minutes * MINUTE_MS;
    if (isClean && this.isCalm && delivery === "in_order") {
      await time.until(Math.min(until, time.now + PROMPT_MS));
      checkPrompt(this.#plane);
    }
    await time.until(until);
    // What happens by itself from here on is told in order.
    const isTold = delivery === "in_order" || delivery === "shuffled" || delivery === "doubled";
    if (isTold && isClean && this.isCalm) {
      shop.delivery = "in_order";
      this.#plane.keepAwake(time.now + QUIET_MS);
      await time.until(time.now + QUIET_MS);
    } else await this.settle();
    this.isCalm = true;
  }

  /** Everything works again, and what was lost is found. */
  async settle(): Promise<void> {
    const { shop, calls, time } = this.#plane;
    shop.delivery = "in_order";
    calls.arm([]);
    shop.arm([]);
    this.#plane.keepAwake(time.now + RECONCILED_MS);
    await time.until(time.now + RECONCILED_MS);
    // News of this very moment is no news yet.
    for (let tries = 0; tries < 20 && this.#hasNews(); tries += 1) await time.until(time.now + QUIET_MS);
  }

  #hasNews(): boolean {
    const { shop, time } = this.#plane;
    const last = shop.world.store.all("events").at(-1);
    return last !== undefined && time.now - last.created * 1_000 < QUIET_MS;
  }

  async #try(act: Act, mustWork: boolean): Promise<void> {
    try {
      // People don't press two buttons in the same millisecond.
      await this.#plane.time.sleep(this.#plane.dice.roll(2_500));
      const answer = await this.#do(act);
      if (mustWork && answer !== null && !answer.ok && UNEXPECTED.has(answer.code))
        throw new Violation(`${act.do}: ${answer.code}, although nothing is wrong.`);
      if (mustWork && act.do === "change" && answer?.ok === true) this.#checkChange(answer.value);
    } catch (error) {
      if (error instanceof Violation) throw error;
      if (mustWork)
        throw new Violation(
          `${act.do} broke: ${error instanceof Error ? (error.stack ?? "") : String(error)}`,
        );
    }
  }

  /** What was promised for later is planned at Stripe. */
  #checkChange(value: unknown): void {
    const { result } = value as PlanChange; // What `changePlan` answers.
    const { store } = this.#plane.shop.world;
    const [live] = liveOf(store, this.#plane.accountId);
    const { schedule = null } = store.get("subscriptions", live ?? "") ?? {};
    if (result === "scheduled" && schedule === null)
      throw new Violation("A downgrade was promised, and nothing is planned.");
  }

  async #do(act: Act): Promise<Result<unknown> | null> {
    const { actor } = this.#plane;
    const deps = this.#plane.deps();
    switch (act.do) {
      case "checkout":
        return this.#openTab(deps, act.plan);
      case "buy": {
        const opened = await this.#openTab(deps, act.plan);
        // A form is filled in.
        await this.#plane.time.sleep(1_000 + this.#plane.dice.roll(20_000));
        if (opened.ok) this.#plane.shop.act((w) => this.#pay(w, 0, "visa"));
        return opened;
      }
      case "cancel":
        return cancelPlan(deps, actor, false);
      case "undo":
        return cancelPlan(deps, actor, true);
      case "change":
        return changePlan(deps, actor, act.plan);
      case "refresh":
        return refreshBilling(deps, actor);
      case "card": {
        const opened = await openPortal(deps, actor);
        if (!opened.ok) return opened;
        const id = opened.value.url.split("/").at(-1) ?? "";
        this.#plane.shop.act((w) => actInPortal(w, id, { action: "card", card: act.card }));
        return null;
      }
      case "create":
        return createDeployment(
          deps,
          actor,
          { name: "mine", runtime: "openclaw", region: "fra", tier: "shared" },
          null,
        );
      case "delete": {
        const id = [...this.#plane.machines.all.keys()][act.which];
        return id === undefined ? null : deleteDeployment(deps, actor, id as DeploymentId, false); // Its key.
      }
      default:
        this.#plane.shop.act((w) => this.#atStripe(w, act));
        return null;
    }
  }

  async #openTab(deps: Deps, plan: "shared" | "dedicated"): Promise<Result<{ url: string }>> {
    const opened = await startCheckout(deps, this.#plane.actor, plan);
    const session = opened.ok ? /cs_[A-Za-z0-9_]+/.exec(opened.value.url)?.[0] : undefined;
    if (session !== undefined) this.#plane.tabs.push(session);
    return opened;
  }

  /** The newest tab is the first one: people leave old ones open. */
  #pay(w: World, tab: number, token: Extract<Act, { do: "pay" }>["card"]): void {
    const id = this.#plane.tabs.at(-1 - tab);
    if (id === undefined) return;
    const method = makeMethod(w, { token, clock: null });
    completeSession(w, w.find("sessions", id), method, { isAuthenticated: true });
  }

  /** What people, banks and Stripe's own dashboard do there. */
  #atStripe(
    w: World,
    act: Extract<Act, { do: "pay" | "pay invoice" | "dispute" | "dispute ends" | "dunning" | "end now" }>,
  ): void {
    const customers = customersOf(w.store, this.#plane.accountId);
    const isMine = ({ customer }: { customer: unknown }): boolean => customers.includes(String(customer));
    switch (act.do) {
      case "pay":
        this.#pay(w, act.tab, act.card);
        return;
      case "pay invoice": {
        const invoice = w.store.all("invoices").findLast((one) => isMine(one) && one.status === "open");
        const portal = w.store.all("portals").at(-1);
        if (invoice !== undefined && portal !== undefined)
          actInPortal(w, portal.id, { action: "pay", invoice: invoice.id });
        return;
      }
      case "dispute": {
        const charge = w.store
          .all("charges")
          .findLast((one) => isMine(one) && one.status === "succeeded" && !one.disputed);
        if (charge !== undefined) openDispute(w, w.find("charges", charge.id), "fraudulent");
        return;
      }
      case "dispute ends": {
        const dispute = w.store.all("disputes").find(({ status }) => status === "needs_response");
        if (dispute !== undefined) closeDispute(w, w.find("disputes", dispute.id), act.status);
        return;
      }
      case "dunning":
        w.dunning = { ...w.dunning, finally: act.finally };
        return;
      case "end now": {
        const live = w.store
          .all("subscriptions")
          .find((one) => isMine(one) && one.status !== "canceled" && one.status !== "incomplete_expired");
        if (live !== undefined)
          cancelNow(w, w.find("subscriptions", live.id), { isProrated: false, isInvoiced: false });
      }
    }
  }
}

const UNEXPECTED = new Set(["service.unavailable", "internal.error"]);
