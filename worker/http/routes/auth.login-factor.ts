import { loginFactor } from "../../contract/auth.ts";
import { logInWithFactor } from "../../usecases/log-in.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { deviceOf, handOver } from "../session-cookie.ts";
import { proofOf } from "../webauthn.ts";

export const authLoginFactor = operation(loginFactor, async (c) => {
  const { challenge, proof } = c.req.valid("json");
  const result = await logInWithFactor(c.get("deps"), {
    challenge,
    proof: proofOf(proof),
    device: deviceOf(c),
  });
  return result.ok ? c.json(handOver(c, result.value), 200) : problem(c, result);
});
