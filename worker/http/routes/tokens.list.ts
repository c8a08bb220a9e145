import { listTokens } from "../../contract/tokens.ts";
import { readTokens } from "../../usecases/api-tokens.ts";
import { operation } from "../route.ts";
import { tokenView } from "../views.ts";

export const tokensList = operation(listTokens, async (c) => {
  const tokens = await readTokens(c.get("deps"), c.get("actor"));
  return c.json({ items: tokens.map(tokenView) }, 200);
});
