/** Everything random in a run comes from one seed, so that a bad day can be had again. */
export type Dice = {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** A whole number in [0, sides). */
  roll(sides: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
};

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, fast, good enough to choose mishaps. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const roll = (sides: number): number => Math.floor(fraction() * sides);
  return {
    fraction,
    roll,
    chance: (probability) => fraction() < probability,
    pick: (items) => items[roll(items.length)] ?? items[0],
  };
}
