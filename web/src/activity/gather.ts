/** As many as the API gives at once, and as many as a browser should hold as one file. */
export const GATHERED_PAGE = 200;
const GATHERED_MAX = 10_000;

type Page<T> = { items: readonly T[]; nextCursor: string | null };

/** Pages through a list to its end, or to the most a file takes; then it says that there was more. */
export async function gather<T>(
  readPage: (cursor: string | null) => Promise<Page<T>>,
  onProgress: (count: number) => void,
): Promise<{ items: readonly T[]; isWhole: boolean }> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await readPage(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
    onProgress(items.length);
  } while (cursor !== null && items.length < GATHERED_MAX);
  return { items, isWhole: cursor === null };
}
