import { loginPasskey } from "../../contract/auth.ts";
import { logInWithPasskey } from "../../usecases/passkeys.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { deviceOf, handOver } from "../session-cookie.ts";
import { answerOf } from "../webauthn.ts";

export const authLoginPasskey = operation(loginPasskey, async (c) => {
  const result = await logInWithPasskey(c.get("deps"), {
    answer: answerOf(c.req.valid("json").answer),
    device: deviceOf(c),
  });
  return result.ok ? c.json(handOver(c, result.value), 200) : problem(c, result);
});
