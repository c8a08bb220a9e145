import type { D1Database } from "@cloudflare/workers-types";
import { newEntitlement } from "../../worker/domain/entitlement/state.ts";
import { idSuffix, newId } from "../../worker/domain/ids.ts";
import type { AccountId, DeploymentId, OperatorId, UserId } from "../../worker/domain/ids.ts";
import { newApiToken } from "../../worker/platform/api-token.ts";
import { newToken, sha256Hex, systemRandom } from "../../worker/platform/random.ts";

/**
 * Everybody the matrix asks as, written straight into D1: signing them all up would take minutes of hashing, and what
 * is tested here begins after it.
 */
export const IDENTITIES = [
  "nobody",
  "other account",
  "viewer",
  "member",
  "admin",
  "owner",
  "stale owner",
  "another page",
  "operator",
  "expired token",
  "wrong scope",
  "right scope",
  "suspended account",
  "unpaid account",
] as const;
export type IdentityName = (typeof IDENTITIES)[number];

export type Identity = {
  headers: Readonly<Record<string, string>>;
  /** Whose things it asks for: its own account's, or somebody else's. */
  asks: "ours" | "own";
};

export type Cast = {
  who: Readonly<Record<IdentityName, Identity>>;
  account: AccountId;
  /** Ids in the account that a stranger's answer must never name. */
  ids: { deployment: DeploymentId; member: UserId; invitation: string; token: string };
};

const HOUR_MS = 3_600_000;
const ROLES = ["owner", "admin", "member", "viewer"] as const;

/** `scope`: what the token that is to be let in may do; `deploymentOf`: gives an account a deployment. */
export async function castFor(
  db: D1Database,
  options: {
    scope: string | null;
    deploymentOf: (account: AccountId) => Promise<DeploymentId>;
    /** Product time, epoch ms. */
    now: number;
  },
): Promise<Cast> {
  const { now } = options;
  const id = {
    account: () => newId("account", now, systemRandom),
    user: () => newId("user", now, systemRandom),
  };
  const statements: ReturnType<D1Database["prepare"]>[] = [];
  const run = (sql: string, ...values: unknown[]): void => {
    statements.push(db.prepare(sql).bind(...values));
  };

  const openAccount = (status: string, entitlement = newEntitlement(now)): AccountId => {
    const account = id.account();
    run("INSERT INTO accounts (id, created_at, status) VALUES (?, ?, ?)", account, now, status);
    run(
      "INSERT INTO subscriptions (account_id, version, entitlement, plan, grows_until, due_at, deployments_limit) VALUES (?, 0, ?, 'trial', ?, NULL, 1000)",
      account,
      JSON.stringify(entitlement),
      now + 24 * HOUR_MS,
    );
    return account;
  };
  const join = (account: AccountId, role: string): UserId => {
    const user = id.user();
    run(
      "INSERT INTO users (id, email, password_hash, verified_at, created_at, account_id) VALUES (?, ?, '', ?, ?, ?)",
      user,
      `${user}@example.com`,
      now,
      now,
      account,
    );
    run(
      "INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, ?, ?)",
      account,
      user,
      role,
      now,
    );
    return user;
  };
  const signIn = async (account: string, user: string, freshAt: number, kind = "login"): Promise<string> => {
    const token = newToken(systemRandom);
    run(
      "INSERT INTO sessions (id, kind, token_hash, user_id, account_id, created_at, seen_at, expires_at, fresh_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      newId("session", now, systemRandom),
      kind,
      await sha256Hex(token),
      user,
      account,
      now,
      now,
      now + 8 * HOUR_MS,
      freshAt,
    );
    return token;
  };
  const giveToken = async (
    account: AccountId,
    user: UserId,
    scopes: readonly string[],
    expiresAt: number,
  ): Promise<{ id: string; token: string }> => {
    const tokenId = newId("token", now, systemRandom);
    const { token, secret } = newApiToken(idSuffix(tokenId), systemRandom);
    run(
      "INSERT INTO api_tokens (id, account_id, user_id, name, secret_hash, scopes, created_at, expires_at) VALUES (?, ?, ?, 'matrix', ?, ?, ?, ?)",
      tokenId,
      account,
      user,
      await sha256Hex(secret),
      JSON.stringify(scopes),
      now,
      expiresAt,
    );
    return { id: tokenId, token };
  };

  const account = openAccount("active");
  const users = Object.fromEntries(ROLES.map((role) => [role, join(account, role)])) as Record<
    (typeof ROLES)[number],
    UserId
  >;
  const bearer = (token: string, asks: Identity["asks"] = "own"): Identity => ({
    headers: { authorization: `Bearer ${token}` },
    asks,
  });
  const roles: Record<string, Identity> = {};
  for (const role of ROLES) roles[role] = bearer(await signIn(account, users[role], now));
  const otherAccount = openAccount("active");
  const other = bearer(await signIn(otherAccount, join(otherAccount, "owner"), now), "ours");
  const suspended = openAccount("suspended");
  const suspendedOwner = bearer(await signIn(suspended, join(suspended, "owner"), now));
  const unpaid = openAccount("active", newEntitlement(now - 30 * 24 * HOUR_MS));
  const unpaidOwner = bearer(await signIn(unpaid, join(unpaid, "owner"), now));
  const expired = await giveToken(
    account,
    users.owner,
    options.scope === null ? [] : [options.scope],
    now - 1,
  );
  const wrong = await giveToken(
    account,
    users.owner,
    [options.scope === "billing:read" ? "account:read" : "billing:read"],
    now + HOUR_MS,
  );
  const right = await giveToken(
    account,
    users.owner,
    options.scope === null ? [] : [options.scope],
    now + HOUR_MS,
  );
  const spare = await giveToken(account, users.owner, [], now + HOUR_MS);
  const cookie = await signIn(account, users.owner, now);
  const operatorId: OperatorId = newId("operator", now, systemRandom);
  run(
    "INSERT INTO operators (id, email, password_hash, totp_secret, created_at) VALUES (?, ?, '', '', ?)",
    operatorId,
    `${operatorId}@example.com`,
    now,
  );
  const operator = bearer(await signIn("operators", operatorId, now, "operator"));
  const invitation = newId("invitation", now, systemRandom);
  run(
    "INSERT INTO invitations (id, account_id, email, role, token_hash, invited_by, created_at, expires_at) VALUES (?, ?, ?, 'viewer', ?, ?, ?, ?)",
    invitation,
    account,
    `${invitation}@example.com`,
    invitation,
    users.owner,
    now,
    now + HOUR_MS,
  );
  const stale = bearer(await signIn(account, users.owner, now - HOUR_MS));
  await db.batch(statements);
  return {
    account,
    who: {
      ...(roles as Record<"viewer" | "member" | "admin" | "owner", Identity>),
      nobody: { headers: {}, asks: "own" },
      "other account": other,
      "stale owner": stale,
      "another page": {
        headers: { cookie: `__Host-session=${cookie}`, origin: "https://evil.example" },
        asks: "own",
      },
      operator,
      "expired token": bearer(expired.token),
      "wrong scope": bearer(wrong.token),
      "right scope": bearer(right.token),
      "suspended account": suspendedOwner,
      "unpaid account": unpaidOwner,
    },
    ids: {
      deployment: await options.deploymentOf(account),
      member: users.viewer,
      invitation,
      token: spare.id,
    },
  };
}
