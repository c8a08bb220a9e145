import { missing } from "./errors.ts";

export type Page = {
  limit: number;
  starting_after?: string | undefined;
  ending_before?: string | undefined;
  created?: number | Range | undefined;
};
type Range = {
  gt?: number | undefined;
  gte?: number | undefined;
  lt?: number | undefined;
  lte?: number | undefined;
};
export type List<T> = { object: "list"; url: string; has_more: boolean; data: T[] };

/** A page of what is given oldest first. */
export function pageOf<T extends { id: string }>(url: string, objects: T[], page: Page): List<T> {
  const all = objects.filter((object) => isWithin(object, page.created)).toReversed();
  const indexOf = (id: string, param: string): number => {
    const index = all.findIndex((object) => object.id === id);
    if (index === -1) throw missing("object", id, param);
    return index;
  };
  if (page.ending_before !== undefined) {
    const end = indexOf(page.ending_before, "ending_before");
    const start = Math.max(0, end - page.limit);
    return listOf(url, all.slice(start, end), start > 0);
  }
  const start = page.starting_after === undefined ? 0 : indexOf(page.starting_after, "starting_after") + 1;
  return listOf(url, all.slice(start, start + page.limit), start + page.limit < all.length);
}

export const listOf = <T>(url: string, data: T[], hasMore = false): List<T> => ({
  object: "list",
  url,
  has_more: hasMore,
  data,
});

function isWithin(object: object, created: Page["created"]): boolean {
  if (created === undefined) return true;
  const at = "created" in object && typeof object.created === "number" ? object.created : 0;
  if (typeof created === "number") return at === created;
  return (
    at > (created.gt ?? -1) &&
    at >= (created.gte ?? 0) &&
    at < (created.lt ?? Infinity) &&
    at <= (created.lte ?? Infinity)
  );
}
