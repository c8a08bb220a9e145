import { DoneNote } from "../components/done-note.tsx";
import { formatDate } from "../time/relative.ts";
import { TextLink } from "../components/text-link.tsx";
import type { Outcome } from "./use-plan-change.ts";
import { planTitle } from "./words.ts";

/** What came of the last change. */
export function OutcomeNote({ outcome }: { outcome: Outcome | undefined }) {
  const isSilent = outcome === undefined || outcome.kind === "leaving";
  return (
    <DoneNote className={isSilent ? "sr-only" : "block"}>
      {isSilent ? null : <Words outcome={outcome} />}
    </DoneNote>
  );
}

function Words({ outcome }: { outcome: Outcome }) {
  switch (outcome.kind) {
    case "changed":
      return <>Your plan is {planTitle(outcome.plan)} now.</>;
    case "unchanged":
      return <>Your plan stays {planTitle(outcome.plan)}.</>;
    case "scheduled":
      return (
        <>
          Your plan becomes {planTitle(outcome.plan)}{" "}
          {outcome.startsAt === null
            ? "when this period ends"
            : `on ${formatDate(Date.parse(outcome.startsAt))}`}
          . Until then nothing changes.
        </>
      );
    case "pending":
      return (
        <>
          Your plan becomes {planTitle(outcome.plan)} as soon as it is paid.{" "}
          {outcome.payUrl === null ? null : <TextLink href={outcome.payUrl}>Pay now</TextLink>}
        </>
      );
    case "cancelled":
      return <>Done: your plan is not renewed.</>;
    case "kept":
      return <>Your plan goes on.</>;
    case "leaving":
      return null;
  }
}
