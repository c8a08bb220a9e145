import { GENESIS, sealText } from "../domain/audit.ts";
import { isEqualDigest } from "../platform/equal.ts";
import { sha256Hex } from "../platform/random.ts";
import type { AuditEntry, AuditFilter, SealedRow } from "../store/audit.repo.ts";
import { listAudit, listSealed, unsealedTail } from "../store/audit.repo.ts";
import { anchorsOf } from "./anchor-audit.ts";
import { audited, operatorOn } from "./audit.ts";
import type { Actor, Deps, Operator } from "./deps.ts";
import { OPERATORS_CHAIN } from "../domain/audit.ts";

export type { AuditEntry };

/** Reading what is on record, and proving that nobody has changed it. */
export type AuditPage = { items: readonly AuditEntry[]; nextCursor: string | null };

/** An account's own record, newest first. */
export const readAudit = (
  deps: Deps,
  actor: Actor,
  filter: AuditFilter,
  page: { before: string | null; limit: number },
): Promise<AuditPage> => pageOf(deps, actor.accountId, filter, page);

/** Any chain's, for operators. */
export async function pageOf(
  deps: Deps,
  chain: string,
  filter: AuditFilter,
  { before, limit }: { before: string | null; limit: number },
): Promise<AuditPage> {
  const rows = await listAudit(deps.db, chain, filter, { before, limit: limit + 1 });
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export type AuditFault = {
  /** Where the chain breaks; a row that was put elsewhere counts as altered in both places. */
  seq: number;
  kind: "altered" | "missing" | "anchor_mismatch";
  auditId: string | null;
};

export type AuditVerdict = {
  chain: string;
  sealed: number;
  /** The last seal's hash: whoever keeps it can prove later that nothing before it was changed. */
  head: string;
  /** At most the first ones. */
  faults: readonly AuditFault[];
  anchors: number;
  /** What has not been sealed yet: not protected, and how long already. */
  unsealed: { count: number; ageMs: number };
};

const PAGE = 500;
const FAULTS_MAX = 20;

/** Recomputes a chain from its rows and holds it against its anchors. */
export async function verifyAudit(deps: Deps, operator: Operator, chain: string): Promise<AuditVerdict> {
  const anchors = await anchorsOf(deps, chain);
  const faults: AuditFault[] = [];
  let previous = { seq: 0, hash: GENESIS };
  for (;;) {
    const rows: readonly SealedRow[] = await listSealed(deps.db, chain, previous.seq, PAGE);
    for (const sealed of rows) {
      const fault = await faultOf(sealed, previous, anchors);
      if (fault !== null) faults.push(fault);
      // From here on it is followed as it stands, so that one fault doesn't hide the next.
      previous = { seq: sealed.seal.seq, hash: sealed.seal.hash };
    }
    if (rows.length < PAGE || faults.length >= FAULTS_MAX) break;
  }
  for (const [seq] of anchors) if (seq > previous.seq) faults.push({ seq, kind: "missing", auditId: null });
  const { count, since } = await unsealedTail(deps.db, chain);
  await audited(deps, operatorOn(operator, OPERATORS_CHAIN), {
    action: "audit.verified",
    target: chain,
    outcome: faults.length === 0 ? "ok" : "failed",
    content: { sealed: previous.seq, faults: faults.length },
  });
  return {
    chain,
    sealed: previous.seq,
    head: previous.hash,
    faults: faults.slice(0, FAULTS_MAX),
    anchors: anchors.size,
    unsealed: { count, ageMs: since === null ? 0 : deps.clock.now() - since },
  };
}

async function faultOf(
  { seal, row }: SealedRow,
  previous: { seq: number; hash: string },
  anchors: ReadonlyMap<number, string>,
): Promise<AuditFault | null> {
  const { seq, auditId, hash } = seal;
  if (seq !== previous.seq + 1) return { seq: previous.seq + 1, kind: "missing", auditId: null };
  if (row === null) return { seq, kind: "missing", auditId };
  if (!isEqualDigest(await sha256Hex(sealText(previous.hash, seq, row)), hash))
    return { seq, kind: "altered", auditId };
  const anchor = anchors.get(seq);
  return anchor !== undefined && !isEqualDigest(anchor, hash)
    ? { seq, kind: "anchor_mismatch", auditId }
    : null;
}
