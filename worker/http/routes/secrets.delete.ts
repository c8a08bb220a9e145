import { deleteSecret as definition } from "../../contract/secrets.ts";
import { deleteSecret } from "../../usecases/secrets.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

export const secretsDelete = operation(definition, async (c) => {
  const { id, name } = c.req.valid("param");
  const result = await deleteSecret(c.get("deps"), c.get("actor"), id, name);
  return result.ok ? c.body(null, 204) : problem(c, result);
});
