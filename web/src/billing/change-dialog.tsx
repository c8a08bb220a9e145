import { Button, Dialog } from "@cloudflare/kumo";
import { useQuery } from "@tanstack/react-query";
import { previewQuery } from "../api/billing-queries.ts";
import { Loading } from "../components/loading.tsx";
import { Problem } from "../components/problem.tsx";
import { useLast } from "../components/use-last.ts";
import { formatDate, formatExact } from "../time/relative.ts";
import { formatMoney } from "./money.ts";
import type { PaidPlan } from "./standing.ts";

type Props = {
  /** Null while nobody asks. */
  plan: PaidPlan | null;
  onConfirm: (plan: PaidPlan, startsAt: string | null) => void;
  onClose: () => void;
};

/** What a change of plan costs and when it begins, before it is made. */
export function ChangeDialog({ plan, onConfirm, onClose }: Props) {
  // The words stay while the dialog fades away.
  const shown = useLast(plan);
  return (
    <Dialog.Root role="alertdialog" open={plan !== null} onOpenChange={(opens) => (opens ? null : onClose())}>
      <Dialog className="p-6">
        <Dialog.Title className="text-lg font-semibold text-kumo-strong">
          Change to {shown?.title}?
        </Dialog.Title>
        {shown === null ? null : (
          <Preview plan={shown} onClose={onClose} onConfirm={(startsAt) => onConfirm(shown, startsAt)} />
        )}
      </Dialog>
    </Dialog.Root>
  );
}

type PreviewProps = { plan: PaidPlan; onConfirm: (startsAt: string | null) => void; onClose: () => void };

function Preview({ plan, onConfirm, onClose }: PreviewProps) {
  const { data, error, refetch } = useQuery(previewQuery(plan.id));
  const price = `${formatMoney(plan.priceCents, "usd", true)} a month`;
  const doesFit = data !== undefined && data.excess.length === 0;
  const isAtOnce = data?.startsAt === null;
  return (
    <>
      <Dialog.Description className="mt-2 text-kumo-subtle">
        {data === undefined
          ? "We ask what it costs."
          : data.startsAt === null
            ? "It begins as soon as it is paid. What is left of your present plan is taken off its price."
            : `Your present plan runs until ${formatExact(Date.parse(data.startsAt))}, which is paid. Then the smaller one begins.`}
      </Dialog.Description>
      {error === null ? null : <Problem error={error} onRetry={() => void refetch()} className="mt-4" />}
      {data === undefined ? (
        error === null ? (
          <Loading what="the price" lines={2} className="mt-4 flex flex-col gap-3" />
        ) : null
      ) : (
        <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-kumo-default">
          <dt className="text-kumo-subtle">Due now</dt>
          <dd className="font-medium">
            {data.dueNowCents === 0 ? "Nothing" : formatMoney(data.dueNowCents)}
          </dd>
          <dt className="text-kumo-subtle">Then</dt>
          <dd>{price}</dd>
          <dt className="text-kumo-subtle">From</dt>
          <dd>{data.startsAt === null ? "At once" : formatDate(Date.parse(data.startsAt))}</dd>
        </dl>
      )}
      {data === undefined || doesFit ? null : (
        <div role="alert" className="mt-4 text-kumo-default">
          <p className="font-medium">It doesn’t fit yet:</p>
          <ul className="mt-1 list-disc pl-5 text-kumo-subtle">
            {data.excess.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Go back</Button>
        <Button variant="primary" disabled={!doesFit} onClick={() => onConfirm(data?.startsAt ?? null)}>
          {isAtOnce && data.dueNowCents > 0
            ? `Pay ${formatMoney(data.dueNowCents)} and change`
            : "Change plan"}
        </Button>
      </div>
    </>
  );
}
