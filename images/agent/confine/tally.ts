/** Counts by name, for a report: the first so many names one by one, the rest together. */
export type Tally = {
  add(name: string): void;
  read(): { total: number; names: readonly { name: string; count: number }[] };
};

const NAMES_MAX = 50;
const NAME_CHARS = 100;

export function createTally(): Tally {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    add(name) {
      total += 1;
      const key = name.slice(0, NAME_CHARS);
      const known = counts.get(key);
      if (known !== undefined || counts.size < NAMES_MAX) counts.set(key, (known ?? 0) + 1);
    },
    read: () => ({
      total,
      names: [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count),
    }),
  };
}
