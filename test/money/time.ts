/** Time that is moved from one event to the next: whatever is under way waits in it, so that calls overlap as they do. */
export class Time {
  now: number;
  #seq = 0;
  #queue: { at: number; seq: number; run: () => void }[] = [];

  constructor(now: number) {
    this.now = now;
  }

  /** Runs it then; what it answers takes it back. */
  at(at: number, run: () => void): () => void {
    const entry = { at: Math.max(at, this.now), seq: (this.#seq += 1), run };
    let index = this.#queue.length;
    while (index > 0 && (this.#queue[index - 1]?.at ?? 0) > entry.at) index -= 1;
    this.#queue.splice(index, 0, entry);
    return () => {
      this.#queue = this.#queue.filter((other) => other !== entry);
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((done) => void this.at(this.now + ms, done));
  }

  /** Moves on to `at`, or until `isDone`. */
  async until(at: number, isDone: () => boolean = () => false): Promise<void> {
    for (;;) {
      await drained();
      if (isDone()) return;
      const next = this.#queue[0];
      if (next === undefined || next.at > at) break;
      this.#queue.shift();
      this.now = next.at;
      next.run();
    }
    if (!isDone()) this.now = Math.max(this.now, at);
  }
}

/** What needs no time at all is over. */
async function drained(): Promise<void> {
  await new Promise<void>((done) => void setImmediate(done));
  await new Promise<void>((done) => void setImmediate(done));
}
