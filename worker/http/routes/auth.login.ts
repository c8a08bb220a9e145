import { login } from "../../contract/auth.ts";
import { logIn } from "../../usecases/log-in.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { deviceOf, handOver } from "../session-cookie.ts";

export const authLogin = operation(login, async (c) => {
  const result = await logIn(c.get("deps"), { ...c.req.valid("json"), device: deviceOf(c) });
  if (!result.ok) return problem(c, result);
  c.header("cache-control", "no-store");
  const { value } = result;
  return value.status === "signed_in"
    ? c.json({ status: value.status, ...handOver(c, value) }, 200)
    : c.json({ ...value, factors: [...value.factors] }, 200);
});
