import type { Output } from "../../../worker/contract/client.ts";
import type { setSecret } from "../../../worker/contract/secrets.ts";

type Kept = Output<typeof setSecret>;

/** What became of a secret that was kept, its provider's answer included. */
export function keptWords({ secret: { name }, check: { result, detail } }: Kept): string {
  switch (result) {
    case "works":
      return `${name} is kept. ${detail ?? "Its provider accepts it."}`;
    case "unknown":
      return `${name} is kept, but could not be tried. ${detail ?? "Its provider did not answer."}`;
    case "not_checked":
      return `${name} is kept.`;
  }
}
