import { stepUp } from "../../contract/auth.ts";
import { stepUp as proveAgain } from "../../usecases/step-up.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { handOver } from "../session-cookie.ts";
import { proofOf } from "../webauthn.ts";

export const authStepUp = operation(stepUp, async (c) => {
  const proof = c.req.valid("json");
  const result = await proveAgain(
    c.get("deps"),
    c.get("actor"),
    proof.kind === "password" ? proof : proofOf(proof),
  );
  return result.ok ? c.json(handOver(c, result.value), 200) : problem(c, result);
});
