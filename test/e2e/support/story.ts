import type { Launchpad } from "./launchpad.ts";

/** Tells a long test step by step; on failure also the last lines of the log. */
export type Tell = <T>(what: string, act: () => Promise<T>) => Promise<T>;

export async function story(
  title: string,
  launchpad: Launchpad,
  act: (tell: Tell) => Promise<void>,
  onFailure: () => Promise<void> = async () => undefined,
): Promise<void> {
  const begunAt = Date.now();
  let steps = 0;
  const tell: Tell = async (what, step) => {
    const startedAt = Date.now();
    try {
      const result = await step();
      steps += 1;
      console.log(`  ok   ${what} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      console.log(`  FAIL ${what}`);
      throw error;
    }
  };
  console.log(title);
  try {
    await act(tell);
    console.log(`${title}: ${steps} steps passed in ${((Date.now() - begunAt) / 1000).toFixed(0)} s`);
  } catch (error) {
    console.error(error);
    console.error(await launchpad.log());
    await onFailure();
    process.exitCode = 1;
  } finally {
    await launchpad.remove();
  }
}
