import type { Launchpad } from "./launchpad.ts";

/** Tells a long test step by step; on failure also the last lines of the log. */
export type Tell = <T>(what: string, act: () => Promise<T>) => Promise<T>;

export async function story(
  title: string,
  launchpad: Launchpad,
  act: (tell: Tell) => Promise<void>,
  onFailure: () => Promise<void> = async () => undefined,
  say: (text: string) => void = console.log,
): Promise<void> {
  const begunAt = Date.now();
  let steps = 0;
  const tell: Tell = async (what, step) => {
    const startedAt = Date.now();
    try {
      const result = await step();
      steps += 1;
      say(`  ok   ${what} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      say(`  FAIL ${what}`);
      throw error;
    }
  };
  say(title);
  try {
    await act(tell);
    say(`${title}: ${steps} steps passed in ${((Date.now() - begunAt) / 1000).toFixed(0)} s`);
  } catch (error) {
    console.error(error);
    console.error(await launchpad.log());
    await onFailure();
    process.exitCode = 1;
  } finally {
    await launchpad.remove();
  }
}
