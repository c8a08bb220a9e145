import type { Dice } from "../simulation/dice.ts";
import type { Time } from "./time.ts";

/** The process that everything runs in: when it ends, so does all that was under way; what is on disk stays. */
export type Life = { isOver: boolean };

export class Killed extends Error {
  constructor() {
    super("The Worker was killed.");
  }
}

/** What happens at the so-many-th call of its kind from now on. */
export type Trouble = { what: "kill" | "d1 fails" | "d1 loses the answer"; at: number };

const SLOW = 0.1;

/** Every call that leaves the process: it takes time, may be the last, and may fail. */
export class Calls {
  life: Life = { isOver: false };
  onDeath: () => void = () => undefined;
  readonly struck: Record<string, number> = {};
  readonly #time: Time;
  readonly #dice: Dice;
  #troubles: Trouble[] = [];

  constructor(time: Time, dice: Dice) {
    this.#time = time;
    this.#dice = dice;
  }

  arm(troubles: readonly Trouble[]): void {
    this.#troubles = troubles.map((trouble) => ({ ...trouble }));
  }

  async make<T>(life: Life, slowestMs: number, isD1: boolean, work: () => T | Promise<T>): Promise<T> {
    this.#mayDie(life);
    await this.#time.sleep(this.#latency(slowestMs));
    alive(life);
    if (isD1 && this.#strikes("d1 fails")) throw new Error("D1 is down.");
    const answer = await work();
    await this.#time.sleep(this.#latency(slowestMs));
    if (isD1 && this.#strikes("d1 loses the answer")) throw new Error("D1 did not answer.");
    this.#mayDie(life);
    return answer;
  }

  /** Most are quick, and some take as long as they may. */
  #latency(slowestMs: number): number {
    return 1 + this.#dice.roll(this.#dice.chance(SLOW) ? slowestMs : slowestMs / 20);
  }

  count(what: string): void {
    this.struck[what] = (this.struck[what] ?? 0) + 1;
  }

  #mayDie(life: Life): void {
    alive(life);
    if (!this.#strikes("kill")) return;
    this.life.isOver = true;
    this.life = { isOver: false };
    this.onDeath();
    throw new Killed();
  }

  #strikes(what: Trouble["what"]): boolean {
    let isStruck = false;
    for (const trouble of this.#troubles)
      if (trouble.what === what) {
        trouble.at -= 1;
        isStruck ||= trouble.at === 0;
      }
    if (isStruck) this.count(what);
    return isStruck;
  }
}

export function alive(life: Life): void {
  if (life.isOver) throw new Killed();
}
