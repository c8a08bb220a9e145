import axe from "axe-core";
import type { Page } from "playwright-core";
import { waitFor } from "./wait-for.ts";

/**
 * Fails when axe finds anything on the page as it is, or in a part of it, in light or in dark. Injected over the
 * debugger, because the page's own policy lets no foreign script in.
 */
export async function noViolations(page: Page, state: string, part = "html"): Promise<void> {
  await page.locator("h1").first().waitFor();
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await settled(page, colorScheme);
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async (context) => {
      const { violations: found } = await (globalThis as unknown as { axe: typeof axe }).axe.run(context);
      return found.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ html }) => html) }));
    }, part);
    if (violations.length > 0)
      throw new Error(`axe on ${state}, ${colorScheme}: ${JSON.stringify(violations, null, 2)}`);
  }
}

/** Enough that what a click has begun has been drawn. */
const DRAWN_MS = 150;
const REST_TIMEOUT_MS = 10_000;
const RUNNING = "document.getAnimations().filter(({ playState }) => playState === 'running').length";

/** A state as it stays: in its colours, and nothing moves. */
async function settled(page: Page, colorScheme: string): Promise<void> {
  // The dashboard's own pages say which colours they have taken.
  if ((await page.locator("html[data-mode]").count()) > 0)
    await page.locator(`html[data-mode=${colorScheme}]`).waitFor();
  await page.waitForTimeout(DRAWN_MS);
  await waitFor("the page to come to rest", REST_TIMEOUT_MS, async () =>
    (await page.evaluate<number>(RUNNING)) === 0 ? true : null,
  );
}
