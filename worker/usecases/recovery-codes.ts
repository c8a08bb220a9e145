import { sha256Hex, toBase32 } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { User } from "../store/users.repo.ts";
import { deleteRecoveryCodes, findUser, insertRecoveryCodes } from "../store/users.repo.ts";
import { audited, whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";

/** Codes on paper that stand in for a lost second factor, each once. */
const RECOVERY_CODES = 10;
/** 120 bits: over the 112 from which a plain hash suffices (OWASP ASVS 5.0, 6.5.2). */
const RECOVERY_BYTES = 15;

/** The codes before are worth nothing any more. Errors: `factor.none`. */
export async function remakeRecoveryCodes(deps: Deps, actor: Actor): Promise<Result<readonly string[]>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  if (user.totpSecret === null && user.passkeys === 0)
    return fail("factor.none", "Recovery codes stand in for a second factor. Set one up first.");
  const codes = newRecoveryCodes(deps);
  await deps.db.batch([
    ...(await replaceCodes(deps, user, codes)),
    audited(deps, whoIs(actor), { action: "factor.recovery_codes_made" }),
  ]);
  return ok(codes);
}

/** Statements for a batch. */
export const replaceCodes = async (deps: Deps, { id }: Pick<User, "id">, codes: readonly string[]) =>
  [
    deleteRecoveryCodes(deps.db, id),
    insertRecoveryCodes(deps.db, id, await Promise.all(codes.map(hashOfCode))),
  ] as const;

/** Four groups of six characters each: `abcdef-ghijkl-…`. */
export const newRecoveryCodes = (deps: Deps): readonly string[] =>
  Array.from({ length: RECOVERY_CODES }, () =>
    (toBase32(deps.random.bytes(RECOVERY_BYTES)).toLowerCase().match(/.{6}/g) ?? []).join("-"),
  );

/** As people type it. */
export const hashOfCode = (code: string): Promise<string> =>
  sha256Hex(code.toLowerCase().replaceAll(/[^a-z2-7]/g, ""));
