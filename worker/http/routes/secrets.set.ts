import { setSecret as definition } from "../../contract/secrets.ts";
import { setSecret } from "../../usecases/secrets.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { secretView } from "../views.ts";

export const secretsSet = operation(definition, async (c) => {
  const { id, name } = c.req.valid("param");
  const result = await setSecret(c.get("deps"), c.get("actor"), id, { name, ...c.req.valid("json") });
  if (!result.ok) return problem(c, result);
  const { secret, check } = result.value;
  // What a provider refuses is an error and never gets here.
  if (check.result === "refused") throw new Error("A refused secret was kept.");
  return c.json({ secret: secretView(secret), check }, 200);
});
