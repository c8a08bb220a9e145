const FIRST = "My assistant";

/** A name that needs no thought: "My assistant", or the same with the first number that is free. */
export function friendlyName(taken: readonly string[]): string {
  const known = new Set(taken.map((name) => name.toLowerCase()));
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? FIRST : `${FIRST} ${count}`;
    if (!known.has(name.toLowerCase())) return name;
  }
}
