import { Button, Input, Link, Radio } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { update } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";
import { fieldError } from "../api/problem.ts";
import { deploymentKey, deploymentsQuery, showSnapshot } from "../api/queries.ts";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import type { Tier } from "./size-words.ts";
import { diskMistake, TIER_TITLES, TIER_WORDS, whatItMeans } from "./size-words.ts";

type Props = { deployment: Deployment; onCancel: () => void; onAccepted: () => void };

const TIERS: readonly Tier[] = ["shared", "dedicated"];

/** Another machine, or a larger disk: what it means stands there before it is asked for. */
export function SizeForm({ deployment, onCancel, onAccepted }: Props) {
  const client = useQueryClient();
  const [tier, setTier] = useState(deployment.tier);
  const [typed, setTyped] = useState(String(deployment.diskGb));
  const [mistake, setMistake] = useState<string | null>(null);
  const diskGb = typed.trim() === "" ? Number.NaN : Number(typed);
  const isOther = tier !== deployment.tier;
  const isLarger = diskGb > deployment.diskGb;
  const submission = useMutation({
    mutationFn: () =>
      api.call(update, {
        params: { id: deployment.id },
        json: { ...(isOther ? { tier } : {}), ...(isLarger ? { diskGb } : {}) },
      }),
    onSuccess: (changed) => {
      showSnapshot(client, changed);
      void client.invalidateQueries({ queryKey: deploymentsQuery.queryKey });
      onAccepted();
    },
    // A refusal means that the page was behind.
    onError: () => void client.invalidateQueries({ queryKey: deploymentKey(deployment.id) }),
  });
  const { error } = submission;
  const form = useFocusInvalid(mistake ?? error);
  const diskError = mistake ?? fieldError(error, "/diskGb");
  const meaning = whatItMeans(deployment, { tier, diskGb });

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const wrong = diskMistake(deployment, diskGb);
    setMistake(wrong);
    if (wrong === null) submission.mutate();
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      className="flex flex-col gap-5 border-b border-kumo-hairline p-5"
      aria-busy={submission.isPending}
      aria-label="Size"
    >
      {error === null || fieldError(error, "/diskGb") !== null ? null : <Problem error={error} />}
      <Radio.Group
        legend="Machine"
        appearance="card"
        className="gap-2.5"
        value={tier}
        onValueChange={(chosen: Tier) => setTier(chosen)}
      >
        {TIERS.map((each) => (
          <Radio.Item
            key={each}
            value={each}
            disabled={each !== deployment.tier && !deployment.tiers.includes(each)}
            className="has-[[data-checked]]:border-kumo-brand has-[[data-checked]]:bg-kumo-base"
            label={TIER_TITLES[each]}
            description={TIER_WORDS[each]}
          />
        ))}
      </Radio.Group>
      <p className="text-sm leading-5 text-kumo-subtle">
        {deployment.tiers.includes("dedicated") ? (
          "Both are part of your plan: neither costs more."
        ) : (
          <>
            Dedicated machines need the Dedicated plan. <Link href="/account/billing">See plans</Link>
          </>
        )}
      </p>
      <Input
        label="Disk, in GB"
        type="number"
        inputMode="numeric"
        min={deployment.diskGb}
        step={1}
        description={`Your plan includes ${deployment.includedDiskGb} GB. More costs extra, as far as your limit for extras allows.`}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setMistake(null);
        }}
        {...(diskError === null ? {} : { error: diskError, "aria-invalid": true as const })}
      />
      <output className="block text-sm leading-5 text-kumo-default empty:hidden">
        {meaning.length === 0 ? null : (
          <ul className="flex list-disc flex-col gap-1 pl-5">
            {meaning.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
      </output>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          loading={submission.isPending}
          disabled={!isOther && diskGb === deployment.diskGb}
        >
          Change size
        </Button>
      </div>
    </form>
  );
}
