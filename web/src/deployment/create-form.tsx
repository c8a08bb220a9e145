import { Badge, Button, Input, Link, LinkButton, Radio, Select } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Catalog } from "../../../worker/contract/catalog.ts";
import { create } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";
import { codeOf, inputError, isAboutFields } from "../api/problem.ts";
import { deploymentsQuery, showSnapshot } from "../api/queries.ts";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { friendlyName } from "./friendly-name.ts";

type RuntimeId = Catalog["runtimes"][number]["id"];
type RegionCode = Catalog["defaultRegion"];

const FIELDS = ["/name", "/runtime", "/version", "/region"];

type Props = { catalog: Catalog; takenNames: readonly string[] };

/** The choices of a new deployment, each made already; pressing the button is enough. */
export function CreateForm({ catalog, takenNames }: Props) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  // One form makes one deployment, however often its request has to be sent.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [name, setName] = useState(() => friendlyName(takenNames));
  const [runtimeId, setRuntimeId] = useState<RuntimeId>(
    () => (catalog.runtimes.find(({ legacy }) => !legacy) ?? catalog.runtimes[0])?.id ?? "openclaw",
  );
  const [chosenVersion, setVersion] = useState<string | null>(null);
  const [region, setRegion] = useState<RegionCode>(catalog.defaultRegion);

  const runtime = catalog.runtimes.find(({ id }) => id === runtimeId);
  // Newest first; a version belongs to its runtime and is forgotten with it.
  const version = chosenVersion ?? runtime?.versions[0];
  const submission = useMutation({
    mutationFn: () =>
      api.call(create, {
        json: {
          name,
          runtime: runtimeId,
          region,
          tier: "shared",
          ...(version === undefined ? {} : { version }),
        },
        headers: { "idempotency-key": idempotencyKey },
      }),
    onSuccess: (deployment) => {
      showSnapshot(client, deployment);
      void client.invalidateQueries({ queryKey: deploymentsQuery.queryKey });
      navigate(`/deployments/${deployment.id}`, { replace: true });
    },
  });
  const { error } = submission;
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    submission.mutate();
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      className="flex flex-col gap-8"
      aria-busy={submission.isPending}
    >
      <Input
        label="Name"
        size="lg"
        required
        maxLength={60}
        autoComplete="off"
        passwordManagerIgnore
        value={name}
        onChange={({ target }) => setName(target.value)}
        {...inputError(error, "/name")}
      />
      <Radio.Group
        legend="Runtime"
        appearance="card"
        className="gap-2.5"
        value={runtimeId}
        onValueChange={(id: RuntimeId) => {
          setRuntimeId(id);
          setVersion(null);
        }}
        {...inputError(error, "/runtime")}
      >
        {catalog.runtimes.map(({ id, title, summary, legacy }) => (
          <Radio.Item
            key={id}
            value={id}
            className="has-[[data-checked]]:border-kumo-brand has-[[data-checked]]:bg-kumo-base"
            description={summary}
            label={
              <span className="inline-flex items-center gap-2">
                {title}
                {legacy ? <Badge variant="secondary">Legacy</Badge> : null}
              </span>
            }
          />
        ))}
      </Radio.Group>
      <div className="grid items-start gap-6 sm:grid-cols-2">
        <Select<string>
          label="Version"
          size="lg"
          className="w-full"
          value={version ?? ""}
          onValueChange={(value) => setVersion(value)}
          renderValue={(value) => (value === runtime?.versions[0] ? `${value} (newest)` : value)}
          {...inputError(error, "/version")}
        >
          {(runtime?.versions ?? []).map((each, index) => (
            <Select.Option key={each} value={each}>
              {index === 0 ? `${each} (newest)` : each}
            </Select.Option>
          ))}
        </Select>
        <Select<RegionCode>
          label="Region"
          size="lg"
          className="w-full"
          value={region}
          onValueChange={(value) => {
            if (value !== null) setRegion(value);
          }}
          renderValue={(code) => catalog.regions.find((each) => each.code === code)?.title ?? code}
          description="Where its machine runs and its data lies."
          {...inputError(error, "/region")}
        >
          {catalog.regions.map(({ code, title }) => (
            <Select.Option key={code} value={code}>
              {title}
            </Select.Option>
          ))}
        </Select>
      </div>
      {error === null || isAboutFields(error, FIELDS) ? null : (
        <div className="flex flex-col gap-3">
          <Problem error={error} />
          {codeOf(error) === "idempotency.key_reused" ? (
            <p className="text-sm text-kumo-subtle">
              Your first try has made a deployment already. <Link href="/">See all deployments</Link>
            </p>
          ) : null}
        </div>
      )}
      <div className="flex items-center justify-end gap-3 border-t border-kumo-hairline pt-6">
        <LinkButton href="/" variant="ghost" size="lg">
          Cancel
        </LinkButton>
        <Button type="submit" variant="primary" size="lg" loading={submission.isPending}>
          Create
        </Button>
      </div>
    </form>
  );
}
