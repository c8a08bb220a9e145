import type { AuditEntry } from "../../../worker/contract/account.ts";

/** The record has ids; these are what people call them. Null for what is no longer known. */
export type Names = {
  user: (id: string) => string | null;
  token: (id: string) => string | null;
  deployment: (id: string) => string | null;
};

type Known = {
  members: readonly { userId: string; email: string }[];
  tokens: readonly { id: string; name: string }[];
  deployments: readonly { id: string; name: string }[];
  /** What was made and is gone since is named in its own entry. */
  entries: readonly Pick<AuditEntry, "action" | "target" | "content">[];
};

export function namesFrom({ members, tokens, deployments, entries }: Known): Names {
  const made = new Map(
    entries
      .filter(({ action }) => action === "deployment.created" || action === "token.created")
      .map(({ target, content }) => [target, content["name"]]),
  );
  const madeName = (id: string): string | null => {
    const name = made.get(id);
    return typeof name === "string" ? name : null;
  };
  return {
    user: (id) => members.find(({ userId }) => userId === id)?.email ?? null,
    token: (id) => tokens.find((each) => each.id === id)?.name ?? madeName(id),
    deployment: (id) => deployments.find((each) => each.id === id)?.name ?? madeName(id),
  };
}
