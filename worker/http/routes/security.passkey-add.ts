import { addPasskey as definition } from "../../contract/security.ts";
import { addPasskey } from "../../usecases/passkeys.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { passkeyView } from "../views.ts";
import { registrationOf } from "../webauthn.ts";

export const securityPasskeyAdd = operation(definition, async (c) => {
  const { name, answer } = c.req.valid("json");
  const result = await addPasskey(c.get("deps"), c.get("actor"), { name, answer: registrationOf(answer) });
  if (!result.ok) return problem(c, result);
  c.header("cache-control", "no-store");
  const { passkey, recoveryCodes } = result.value;
  return c.json(
    {
      passkey: passkeyView(passkey),
      recoveryCodes: recoveryCodes === null ? null : [...recoveryCodes],
    },
    201,
  );
});
