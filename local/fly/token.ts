import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Compares a header with the token in constant time. Tokens made by `fly tokens create` begin with `FlyV1 `, and both
 * `Bearer <token>` and `FlyV1 <token>` are accepted (facts/fly.md section 1).
 */
export function tokenTest(token: string): (header: string | undefined) => boolean {
  const bare = (text: string) => text.replace(/^Bearer +/i, "").replace(/^FlyV1 +/, "");
  const hash = (text: string) => createHash("sha256").update(text).digest();
  const wanted = hash(bare(token));
  return (header) => header !== undefined && header !== "" && timingSafeEqual(hash(bare(header)), wanted);
}
