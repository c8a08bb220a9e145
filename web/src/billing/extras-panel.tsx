import { Button, Input } from "@cloudflare/kumo";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode, SyntheticEvent } from "react";
import { useState } from "react";
import type { Extras } from "../../../worker/contract/billing.ts";
import { changeSpendCap } from "../../../worker/contract/billing.ts";
import { extrasQuery } from "../api/billing-queries.ts";
import { api } from "../api/client.ts";
import { DoneNote } from "../components/done-note.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { useMay } from "../session/use-may.ts";
import { capMistake, centsOf, extrasWords } from "./extras-words.ts";
import { formatMoney } from "./money.ts";

/** What is charged beside the plan, and the limit that its owner sets for it. */
export function ExtrasPanel() {
  const { data: extras, error, refetch } = useQuery(extrasQuery);
  if (extras?.isOffered === false) return null;
  return (
    <Panel title="Extras">
      {error === null ? null : <Problem error={error} onRetry={() => void refetch()} className="p-5" />}
      {extras === undefined ? (
        error === null ? (
          <Loading what="extras" lines={3} className="flex flex-col gap-3 p-5" />
        ) : null
      ) : (
        <>
          <p className="px-5 pt-4 text-kumo-default">{extrasWords(extras)}</p>
          <dl className="grid gap-x-8 gap-y-4 px-5 py-4 sm:grid-cols-3">
            <Fact term="This month so far">{formatMoney(extras.spentCents)}</Fact>
            <Fact term="By the month’s end">{formatMoney(extras.forecastCents)}</Fact>
            <Fact term="Your limit a month">{formatMoney(extras.capCents)}</Fact>
          </dl>
          <CapForm extras={extras} />
        </>
      )}
    </Panel>
  );
}

function CapForm({ extras }: { extras: Extras }) {
  const client = useQueryClient();
  const [typed, setTyped] = useState((extras.capCents / 100).toFixed(2));
  const [mistake, setMistake] = useState<string | null>(null);
  const change = useMutation({
    mutationFn: (capCents: number) => api.call(changeSpendCap, { json: { capCents } }),
    onSuccess: (now) => client.setQueryData(extrasQuery.queryKey, now),
  });
  const form = useFocusInvalid(mistake ?? change.error);
  if (!useMay()(changeSpendCap)) return null;
  const cents = centsOf(typed);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const wrong = capMistake(extras, cents);
    setMistake(wrong);
    if (wrong === null && cents !== null) change.mutate(cents);
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      aria-label="Limit for extras"
      aria-busy={change.isPending}
      className="flex flex-col gap-3 border-t border-kumo-hairline px-5 py-4"
    >
      {change.error === null ? null : <Problem error={change.error} onDismiss={() => change.reset()} />}
      <div className="flex flex-wrap items-end gap-3">
        <Input
          label="Limit a month, in $"
          inputMode="decimal"
          className="w-40"
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value);
            setMistake(null);
          }}
          {...(mistake === null ? {} : { error: mistake, "aria-invalid": true as const })}
        />
        <Button type="submit" loading={change.isPending} disabled={cents === extras.capCents}>
          Set limit
        </Button>
      </div>
      <p className="text-sm leading-5 text-kumo-subtle">
        You are written to at 50, 80 and 100 %, and never charged more.
      </p>
      <DoneNote className={change.isSuccess ? "block" : "sr-only"}>
        {change.isSuccess ? "The limit holds from now on." : null}
      </DoneNote>
    </form>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-sm text-kumo-subtle">{term}</dt>
      <dd className="mt-0.5 text-kumo-default tabular-nums">{children}</dd>
    </div>
  );
}
