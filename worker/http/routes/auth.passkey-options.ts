import { passkeyChallenge } from "../../contract/auth.ts";
import { askForPasskey } from "../../usecases/passkeys.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const authPasskeyOptions = operation(passkeyChallenge, async (c) => {
  const result = await askForPasskey(c.get("deps"));
  return result.ok ? c.json({ ...result.value }, 200) : problem(c, result);
});
