/** Recovery codes as a file that still explains itself years later. */
export function recoveryText(codes: readonly string[], email: string, madeAt: Date): string {
  return [
    `Launchpad recovery codes of ${email}`,
    `Made on ${madeAt.toISOString().slice(0, 10)}. Each works once, and making new ones ends them all.`,
    "",
    ...codes,
    "",
  ].join("\n");
}
