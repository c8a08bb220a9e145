import type { Deployment } from "../../../worker/contract/deployments.ts";

export type Rule = Deployment["egress"][number];

/** `api.example.com`, or with ports `api.example.com:443,8443`, as it is shown and typed. */
export const ruleWords = ({ name, ports }: Rule): string =>
  ports === undefined ? name : `${name}:${ports.join(",")}`;

/** What somebody typed; null: it can't be read. Whether it may be allowed is for the API to say. */
export function ruleOf(typed: string): Rule | null {
  const text = typed
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/\/.*$/, "")
    .toLowerCase();
  const match = /^((?:\*\.)?[a-z0-9_.-]+\.[a-z0-9_-]+)(?::(\d{1,5}(?:,\d{1,5})*))?$/.exec(text);
  const [, name, ports] = match ?? [];
  if (name === undefined) return null;
  return ports === undefined ? { name } : { name, ports: ports.split(",").map(Number) };
}
