import type { Operation } from "../../worker/http/route.ts";
import type { Cast, Identity, IdentityName } from "./identities.ts";
import { IDENTITIES } from "./identities.ts";
import type { Row } from "./policy.ts";
import { POLICY } from "./policy.ts";
import type { Answer } from "./send.ts";
import { send } from "./send.ts";

/** Every operation asked as everybody, and each answer held against the policy. */
export type Failure = { operation: string; identity: IdentityName; expected: string; got: string };

type Definition = Operation["definition"];

/** Codes with which the guard turns somebody away; whoever meets none of them is in. */
const GUARD = new Set([
  "auth.required",
  "auth.origin_refused",
  "auth.step_up_required",
  "access.denied",
  "access.scope_missing",
  "account.suspended",
  "billing.payment_required",
]);
const RANK = ["owner", "admin", "member", "viewer"] as const;

export type MatrixInput = {
  base: string;
  operations: readonly Definition[];
  /** A cast for an operation; one that spends its identities gets one for each identity. */
  cast(row: Row): Promise<Cast>;
};

export async function runMatrix({ base, operations, cast }: MatrixInput): Promise<{
  cells: number;
  failures: readonly Failure[];
}> {
  const failures: Failure[] = [];
  let cells = 0;
  for (const definition of operations) {
    const operation = definition.operationId ?? `${definition.method} ${definition.path}`;
    const row = POLICY[operation];
    if (row === undefined) {
      failures.push({ operation, identity: "nobody", expected: "a row of the policy", got: "none" });
      continue;
    }
    let shared: Cast | null = null;
    for (const identity of IDENTITIES) {
      const spends = "spends" in row && row.spends === true;
      const present: Cast = shared ?? (await cast(row));
      shared = spends ? null : present;
      cells += 1;
      const failure = await cell(base, definition, row, identity, present);
      if (failure !== null) failures.push({ operation, identity, ...failure });
    }
  }
  return { cells, failures };
}

async function cell(
  base: string,
  definition: Definition,
  row: Row,
  identity: IdentityName,
  cast: Cast,
): Promise<Pick<Failure, "expected" | "got"> | null> {
  const expected = expectedOf(definition, row, identity);
  const who: Identity = cast.who[identity];
  const answer = await send(base, definition, who.headers, cast.ids, expected === "others");
  const got = gotOf(answer);
  if (expected === "in") {
    if (got !== "in") return { expected, got };
    const leak = identity === "other account" ? leakOf(answer, cast) : null;
    return leak === null ? null : { expected: "nothing of somebody else's", got: leak };
  }
  if (expected === "others") {
    const code = "others" in row ? (row.others ?? "") : "";
    if (answer.code !== code) return { expected: code, got: answer.code ?? String(answer.status) };
    // Exactly like one that doesn't exist.
    const missing = await send(base, definition, who.headers, cast.ids, true, true);
    return missing.shape === answer.shape ? null : { expected: missing.shape, got: answer.shape };
  }
  return got === expected ? null : { expected, got };
}

const gotOf = ({ status, code }: Answer): string =>
  status >= 500 && code !== "service.unavailable"
    ? `${status}`
    : code !== null && GUARD.has(code)
      ? code
      : "in";

function leakOf({ text }: Answer, { ids, account }: Cast): string | null {
  return [...Object.values(ids), account].find((id) => text.includes(id)) ?? null;
}

/** What the policy says of a cell. */
function expectedOf(definition: Definition, row: Row, identity: IdentityName): string {
  const isWrite = definition.method !== "get";
  const isSocket = definition.operationId === "watchDeployment";
  if (identity === "another page" && (isWrite || isSocket)) return "auth.origin_refused";
  switch (row.for) {
    case "anybody":
      return "in";
    case "operators":
      return identity === "operator" ? "in" : "auth.required";
    case "person":
      return forPerson(row, identity);
    case "account":
      return forAccount(row, identity);
  }
}

function forPerson(row: Extract<Row, { for: "person" }>, identity: IdentityName): string {
  switch (identity) {
    case "nobody":
    case "operator":
    case "expired token":
      return "auth.required";
    case "wrong scope":
    case "right scope":
      return "access.denied";
    case "stale owner":
      return row.fresh === true ? "auth.step_up_required" : "in";
    default:
      return "in";
  }
}

function forAccount(row: Extract<Row, { for: "account" }>, identity: IdentityName): string {
  switch (identity) {
    case "nobody":
    case "operator":
    case "expired token":
      return "auth.required";
    case "other account":
      return row.others === undefined ? "in" : "others";
    case "wrong scope":
      return "access.scope_missing";
    case "right scope":
      return row.scope === undefined ? "access.scope_missing" : "in";
    case "stale owner":
      return row.fresh === true ? "auth.step_up_required" : "in";
    case "unpaid account":
      return row.suspended === true || row.unpaid === true ? "in" : "billing.payment_required";
    case "suspended account":
      return row.suspended === true ? "in" : "account.suspended";
    case "another page":
    case "owner":
      return "in";
    case "admin":
    case "member":
    case "viewer":
      return RANK.indexOf(identity) <= RANK.indexOf(row.least) ? "in" : "access.denied";
  }
}
