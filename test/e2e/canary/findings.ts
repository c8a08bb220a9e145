import { ruleFor, RULES } from "./allowed.ts";
import type { Mark } from "./marks.ts";
import type { Look, Place } from "./places.ts";
import type { Form, Found, Searcher } from "./search.ts";
import { searcher } from "./search.ts";

/** What was found where. A value is never told: what stands around it is enough to find it again. */
export type Hit = { mark: string; form: Form; place: Place; where: string; around: string };
type Looked = { looks: number; bytes: number; allowed: number };

const AROUND = 60;

export class Findings {
  readonly hits: Hit[] = [];
  readonly looked = new Map<Place, Looked>();
  /** How often each rule let something pass. */
  readonly allowed = new Map<string, number>(RULES.map(({ reason }) => [reason, 0]));

  /** Searches places for all marks there are by now. */
  async search(marks: readonly Mark[], looks: Iterable<Look> | AsyncIterable<Look>): Promise<void> {
    const search = searcher(marks);
    for await (const look of looks) this.#take(search, look);
  }

  #take(search: Searcher, look: Look): void {
    const known = this.looked.get(look.place) ?? { looks: 0, bytes: 0, allowed: 0 };
    known.looks += 1;
    known.bytes += look.bytes.length;
    this.looked.set(look.place, known);
    for (const found of search(look.bytes)) {
      const rule = ruleFor(found, look);
      if (rule === null) this.#report(search, found, look);
      else {
        known.allowed += 1;
        this.allowed.set(rule.reason, (this.allowed.get(rule.reason) ?? 0) + 1);
      }
    }
  }

  /** Once for each mark, form and place in something. */
  #report(search: Searcher, { mark, form, offset, length }: Found, { place, where, bytes }: Look): void {
    const isKnown = this.hits.some(
      (hit) => hit.mark === mark.what && hit.form === form && hit.place === place && hit.where === where,
    );
    if (isKnown) return;
    const before = bytes.subarray(Math.max(0, offset - AROUND), offset).toString("latin1");
    const after = bytes.subarray(offset + length, offset + length + AROUND).toString("latin1");
    const around = withoutMarks(search, `${before}▮${after}`).replaceAll(/[^\x20-\x7e▮]/g, "·");
    this.hits.push({ mark: mark.what, form, place, where, around });
  }
}

/** The other half of the value, where it stands beside. */
function withoutMarks(search: Searcher, text: string): string {
  const bytes = Buffer.from(text, "utf8");
  for (const { offset, length } of search(bytes)) bytes.fill("*", offset, offset + length);
  return bytes.toString("utf8");
}
