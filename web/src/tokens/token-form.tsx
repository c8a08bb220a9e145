import { Button, Checkbox, Input, Select } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import { createToken } from "../../../worker/contract/tokens.ts";
import { tokensQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { inputError, isAboutFields } from "../api/problem.ts";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { countOf } from "../time/duration.ts";
import type { MadeToken } from "./new-token.tsx";
import type { Scope } from "./scopes.ts";
import { isReadOnly, scopesToGive, scopeWords } from "./scopes.ts";

/** Short ones first: what ends by itself can't be forgotten. */
const LIFETIMES_DAYS = [7, 30, 90, 180, 365] as const;
const LIFETIME_USUAL = 90;

type Props = { me: Me; onMade: (made: MadeToken) => void; onCancel: () => void };

export function TokenForm({ me, onMade, onCancel }: Props) {
  const client = useQueryClient();
  const offered = scopesToGive(me);
  const [name, setName] = useState("");
  const [days, setDays] = useState<number>(LIFETIME_USUAL);
  const [scopes, setScopes] = useState<readonly Scope[]>(() =>
    offered.filter((scope) => scope === "deployments:read"),
  );
  const make = useMutation({
    mutationFn: () => api.call(createToken, { json: { name, scopes: [...scopes], days } }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: tokensQuery.queryKey });
      onMade(made);
    },
  });
  const { error, isPending } = make;
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Panel title="New token">
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-5 p-5" aria-busy={isPending}>
        {error === null || isAboutFields(error, ["/name"]) ? null : <Problem error={error} />}
        <div className="grid items-start gap-4 sm:grid-cols-[minmax(0,1fr)_11rem]">
          <Input
            label="Name"
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- The form opens at a button's press.
            autoFocus
            required
            maxLength={60}
            autoComplete="off"
            passwordManagerIgnore
            placeholder="Nightly backup job"
            description="What it is for, so that you dare revoke it later."
            value={name}
            onChange={({ target }) => setName(target.value)}
            {...inputError(error, "/name")}
          />
          <Select<number>
            label="Ends after"
            className="w-full"
            value={days}
            onValueChange={(value) => {
              if (value !== null) setDays(value);
            }}
            renderValue={(value) => countOf(value, "day")}
          >
            {LIFETIMES_DAYS.map((each) => (
              <Select.Option key={each} value={each}>
                {countOf(each, "day")}
              </Select.Option>
            ))}
          </Select>
        </div>
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-3 font-medium text-kumo-default">Scopes</legend>
          <div className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
            {offered.map((scope) => (
              <Checkbox
                key={scope}
                label={
                  <span className="flex flex-col">
                    {scopeWords(scope)}
                    <span className="font-mono text-xs text-kumo-subtle">{scope}</span>
                  </span>
                }
                checked={scopes.includes(scope)}
                onCheckedChange={(isChosen) => setScopes(withScope(offered, scopes, scope, isChosen))}
              />
            ))}
          </div>
          <div className="flex flex-wrap gap-1">
            <Button size="sm" variant="ghost" onClick={() => setScopes(offered.filter(isReadOnly))}>
              All that read
            </Button>
            <Button size="sm" variant="ghost" onClick={() => setScopes(offered)}>
              All
            </Button>
            <Button size="sm" variant="ghost" onClick={() => setScopes([])}>
              None
            </Button>
          </div>
        </fieldset>
        <div className="flex flex-wrap items-center justify-end gap-2">
          <Button onClick={onCancel}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            loading={isPending}
            disabled={name.trim() === "" || scopes.length === 0}
          >
            Create token
          </Button>
        </div>
      </form>
    </Panel>
  );
}

const withScope = (
  offered: readonly Scope[],
  chosen: readonly Scope[],
  scope: Scope,
  isChosen: boolean,
): readonly Scope[] => offered.filter((each) => (each === scope ? isChosen : chosen.includes(each)));
