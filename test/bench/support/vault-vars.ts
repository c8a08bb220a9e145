import { randomBytes } from "node:crypto";

/** What a control plane needs beside Fly and mail: a key for its vault, and no vendor that could be asked anything. */
export const vaultVars = (): Readonly<Record<string, string>> => ({
  KEK_ACTIVE: "bench",
  KEK_bench: randomBytes(32).toString("base64"),
  // Nothing listens on the discard port: the list of common passwords is all there is.
  BREACHES_BASE: "http://127.0.0.1:9",
});
