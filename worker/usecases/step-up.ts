import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findUser } from "../store/users.repo.ts";
import { audited, whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";
import type { FactorProof } from "./factors.ts";
import { factorsOf, proveFactor } from "./factors.ts";
import { sessionOf } from "./log-in.ts";
import type { NewSession } from "./open-session.ts";
import { rotated } from "./open-session.ts";
import { provePassword } from "./passwords.ts";

export type StepUpProof = FactorProof | { kind: "password"; password: string };

/**
 * A fresh proof of who one is, before what matters; good for ten minutes, and the session gets another token. Who has a
 * second factor shows that: a password alone would make it worthless here.
 * Errors: `auth.invalid_credentials`, `auth.code_invalid`, `factor.required`, `rate.limited`, `service.busy`.
 */
export async function stepUp(deps: Deps, actor: Actor, proof: StepUpProof): Promise<Result<NewSession>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === null) return fail("auth.required", "This user does not exist any more.");
  const factors = await factorsOf(deps, user);
  if (proof.kind === "password" && factors.length > 0)
    return fail("factor.required", "Show your second factor.");
  const proven =
    proof.kind === "password"
      ? await provePassword(deps, actor, proof.password)
      : await proveFactor(deps, user, proof);
  if (!proven.ok) return proven;
  const { token, statement } = await rotated(deps, sessionOf(actor), { freshAt: deps.clock.now() });
  await deps.db.batch([
    statement,
    audited(deps, whoIs(actor), {
      action: "session.stepped_up",
      target: sessionOf(actor),
      content: { proof: proof.kind },
    }),
  ]);
  return ok({ token, expiresAt: actor.expiresAt });
}
