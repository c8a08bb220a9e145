/** A bell one side waits for and the other rings; a ring nobody waits for is forgotten. */
export type WakeUp = {
  ring(): void;
  /** Resolves at the next ring. */
  once(): Promise<void>;
  /** Resolves at the next ring, or after `ms`. */
  within(ms: number): Promise<void>;
};

export function createWakeUp(): WakeUp {
  let waiting = new Set<() => void>();
  const once = () => new Promise<void>((resolve) => waiting.add(resolve));
  return {
    ring() {
      const called = waiting;
      waiting = new Set();
      for (const resolve of called) resolve();
    },
    once,
    async within(ms) {
      let timer: NodeJS.Timeout | undefined;
      const slept = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
      await Promise.race([once(), slept]);
      clearTimeout(timer);
    },
  };
}
