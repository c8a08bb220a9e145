import { signup } from "../../contract/auth.ts";
import { fail } from "../../platform/result.ts";
import { signUp } from "../../usecases/sign-up.ts";
import { clientAddress } from "../client-address.ts";
import { isForeignOrigin } from "../middleware/origin.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

const MESSAGE = "Check your mail: we have sent you a link.";

export const authSignup = operation(signup, async (c) => {
  if (isForeignOrigin(c, "allowed"))
    return problem(c, fail("auth.origin_refused", "This request did not come from the dashboard."));
  const { email, password } = c.req.valid("json");
  const result = await signUp(c.get("deps"), { email, password, address: clientAddress(c) });
  return result.ok ? c.json({ message: MESSAGE }, 202) : problem(c, result);
});
