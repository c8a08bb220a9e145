import { Button, Input } from "@cloudflare/kumo";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { update } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";
import { catalogQuery, showSnapshot } from "../api/queries.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Rows } from "../components/rows.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { useMay } from "../session/use-may.ts";
import type { Rule } from "./names.ts";
import { ruleOf, ruleWords } from "./names.ts";

type Change = { rules: readonly Rule[]; title: string };

/** What the assistant may reach on the Internet: what everybody's may, and names of its owner's. */
export function EgressPanel({ deployment }: { deployment: Deployment }) {
  const { id, egress } = deployment;
  const client = useQueryClient();
  const { data: catalog } = useQuery(catalogQuery);
  const mayChange = useMay()(update) && deployment.actions.includes("update");
  const [typed, setTyped] = useState("");
  const [mistake, setMistake] = useState<string | null>(null);
  const [asked, setAsked] = useState<Change | null>(null);
  const change = useMutation({
    mutationFn: (rules: readonly Rule[]) =>
      api.call(update, { params: { id }, json: { egress: [...rules] } }),
    onSuccess: (snapshot) => {
      setTyped("");
      showSnapshot(client, snapshot);
    },
  });
  const form = useFocusInvalid(mistake ?? change.error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const rule = ruleOf(typed);
    const isThere = egress.some(({ name }) => name === rule?.name);
    setMistake(
      rule === null ? "A host’s name, like api.example.com." : isThere ? "It may be reached already." : null,
    );
    if (rule !== null && !isThere)
      setAsked({ rules: [...egress, rule], title: `Let it reach ${ruleWords(rule)}?` });
  };
  return (
    <Panel title="Internet access">
      <p className="px-5 pt-4 text-sm leading-5 text-kumo-subtle">
        It reaches model providers and chat networks, and the names you add. Everything else is refused.
      </p>
      {catalog === undefined ? null : (
        <details className="px-5 pt-2 text-sm leading-5">
          <summary className="cursor-pointer text-kumo-default">
            {catalog.egress.length} names that every assistant may reach
          </summary>
          <p className="mt-1 font-mono text-xs leading-5 break-words text-kumo-subtle">
            {catalog.egress.join(" · ")}
          </p>
        </details>
      )}
      {change.error === null ? null : (
        <Problem error={change.error} onDismiss={() => change.reset()} className="px-5 pt-4" />
      )}
      {egress.length === 0 ? null : (
        <div className="mt-4 border-t border-kumo-hairline">
          <Rows label="Names of yours">
            {egress.map((rule) => (
              <li key={rule.name} className="flex items-center justify-between gap-4 px-5 py-2">
                <code className="min-w-0 font-mono text-sm break-words text-kumo-default">
                  {ruleWords(rule)}
                </code>
                {mayChange ? (
                  <Button
                    size="sm"
                    aria-label={`Remove ${rule.name}`}
                    onClick={() =>
                      setAsked({
                        rules: egress.filter(({ name }) => name !== rule.name),
                        title: `No longer let it reach ${ruleWords(rule)}?`,
                      })
                    }
                  >
                    Remove
                  </Button>
                ) : null}
              </li>
            ))}
          </Rows>
        </div>
      )}
      {mayChange ? (
        <form
          ref={form}
          noValidate
          onSubmit={submit}
          aria-label="Internet access"
          aria-busy={change.isPending}
          className="flex flex-wrap items-end gap-3 px-5 py-4"
        >
          <Input
            label="Another name"
            placeholder="api.example.com"
            spellCheck={false}
            autoCapitalize="none"
            value={typed}
            onChange={({ target }) => {
              setTyped(target.value);
              setMistake(null);
            }}
            {...(mistake === null ? {} : { error: mistake, "aria-invalid": true as const })}
          />
          <Button type="submit" loading={change.isPending} disabled={typed.trim() === ""}>
            Add name
          </Button>
        </form>
      ) : (
        <div className="pb-4" />
      )}
      <ConfirmDialog
        question={
          asked === null
            ? null
            : {
                title: asked.title,
                text: "It is updated for this: a snapshot of its data is taken, and it restarts. Connections of the moment are cut.",
                button: "Update",
              }
        }
        onConfirm={() => {
          if (asked !== null) change.mutate(asked.rules);
          setAsked(null);
        }}
        onClose={() => setAsked(null)}
      />
    </Panel>
  );
}
