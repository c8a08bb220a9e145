import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { importJWK, SignJWT } from "jose";
import type { JWK } from "jose";

/** The door of a test: its keys, and whatever it could ever sign. */
export const AUDIENCE = "lp-app/148e21ea7d4589";
export const ORIGIN = "https://ada-abcd1234.apps.example";

export const USER = "usr_01jd0000000000000000000000";
export const LOGIN = "sess_01jd0000000000000000000000";

type Key = { kid: string; privateJwk: JWK; publicJwk: JWK };

function newKey(kid: string): Key {
  const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  if (kty === undefined || crv === undefined || x === undefined || d === undefined)
    throw new Error("No key was made.");
  return { kid, privateJwk: { kty, crv, x, d, kid }, publicJwk: { kty, crv, x, kid, alg: "EdDSA" } };
}

type Said = {
  alg: string;
  kid: string | null;
  aud: string | string[];
  iss: string;
  sub: string | null;
  sid: string | null;
  /** Seconds, as in a token. */
  iat: number;
  exp: number;
  key: Key;
};

export function createDoor(now: () => number) {
  const [current, previous, foreign] = [newKey("current"), newKey("previous"), newKey("current")];
  return {
    jwks: { keys: [current.publicJwk, previous.publicJwk] },
    current,
    previous,
    /** Has a kid of ours and isn't ours. */
    foreign,
    async token(changes: Partial<Said> = {}): Promise<string> {
      const iat = changes.iat ?? Math.floor(now() / 1000);
      const said: Said = {
        alg: "EdDSA",
        kid: changes.key?.kid ?? current.kid,
        aud: AUDIENCE,
        iss: "launchpad-door",
        sub: USER,
        sid: LOGIN,
        iat,
        exp: iat + 60,
        key: current,
        ...changes,
      };
      const jwt = new SignJWT(said.sid === null ? {} : { sid: said.sid })
        .setProtectedHeader({ alg: said.alg, ...(said.kid === null ? {} : { kid: said.kid }) })
        .setIssuer(said.iss)
        .setAudience(said.aud)
        .setIssuedAt(said.iat)
        .setExpirationTime(said.exp);
      if (said.sub !== null) jwt.setSubject(said.sub);
      return jwt.sign(await importJWK(said.key.privateJwk, "EdDSA"));
    },
  };
}

/** The control plane's word on a call, in full; what is to be another is given. */
export async function controlWord(
  door: Door,
  call: { path: string; body: string },
  changes: ControlSaid = {},
) {
  const { claims = {}, header = {}, key = door.current, now = Date.now() } = changes;
  const iat = Math.floor(now / 1000);
  const said = {
    iss: "launchpad-control",
    aud: AUDIENCE,
    use: "control",
    method: "POST",
    path: call.path,
    body: createHash("sha256").update(call.body).digest("hex"),
    jti: randomUUID(),
    iat,
    exp: iat + 60,
    ...claims,
  };
  return new SignJWT(said)
    .setProtectedHeader({ alg: "EdDSA", kid: key.kid, ...header })
    .sign(await importJWK(key.privateJwk, "EdDSA"));
}

type ControlSaid = {
  claims?: Readonly<Record<string, unknown>>;
  header?: Readonly<Record<string, string>>;
  key?: Key;
  now?: number;
};

export type Door = ReturnType<typeof createDoor>;

/** A token put together by hand: header and claims as given, and any signature. */
export const forged = (header: object, claims: object, signature = "c2lnbmF0dXJl"): string =>
  [JSON.stringify(header), JSON.stringify(claims)]
    .map((part) => Buffer.from(part).toString("base64url"))
    .concat(signature)
    .join(".");
