import { createToken as definition } from "../../contract/tokens.ts";
import { createToken } from "../../usecases/api-tokens.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";
import { tokenView } from "../views.ts";

export const tokensCreate = operation(definition, async (c) => {
  const result = await createToken(c.get("deps"), c.get("actor"), c.req.valid("json"));
  if (!result.ok) return problem(c, result);
  c.header("cache-control", "no-store");
  return c.json({ ...tokenView(result.value.row), token: result.value.token }, 201);
});
