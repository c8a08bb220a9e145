import { listPasskeys } from "../../contract/security.ts";
import { listOwnPasskeys } from "../../usecases/passkeys.ts";
import { operation } from "../route.ts";
import { passkeyView } from "../views.ts";

export const securityPasskeys = operation(listPasskeys, async (c) => {
  const passkeys = await listOwnPasskeys(c.get("deps"), c.get("actor"));
  return c.json({ items: passkeys.map(passkeyView) }, 200);
});
