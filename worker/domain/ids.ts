import { ulid } from "ulid";
import { z } from "zod";
import type { Random } from "../platform/random.ts";

/**
 * Ids are `<prefix>_<ulid>`, lowercase Crockford base32. They sort by creation time and are no secrets.
 * The prefixes of the whole product stand here and nowhere else.
 */
export const ID_PREFIXES = {
  account: "acct",
  user: "usr",
  session: "sess",
  deployment: "dep",
  backup: "bkp",
  operator: "opr",
  invitation: "inv",
  token: "tok",
  audit: "aud",
  mail: "mail",
  request: "req",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

declare const brand: unique symbol;
export type Id<K extends IdKind> = string & { readonly [brand]: K };

export type AccountId = Id<"account">;
export type UserId = Id<"user">;
export type SessionId = Id<"session">;
export type OperatorId = Id<"operator">;
export type InvitationId = Id<"invitation">;
export type TokenId = Id<"token">;
export type DeploymentId = Id<"deployment">;

const ULID = "[0-7][0-9a-hjkmnp-tv-z]{25}";

/** What an id of one kind looks like. */
export const idPattern = (kind: IdKind): RegExp => new RegExp(`^${ID_PREFIXES[kind]}_${ULID}$`);

/** A zod parser for one kind of id; what comes out is branded. */
export const idSchema = <K extends IdKind>(kind: K) =>
  z
    .string()
    .regex(idPattern(kind), `must be an id of the form ${ID_PREFIXES[kind]}_…`)
    .transform((text) => text as Id<K>); // The only place where a string becomes an id.

/** A new id for an instant (epoch ms). */
export function newId<K extends IdKind>(kind: K, now: number, random: Random): Id<K> {
  return `${ID_PREFIXES[kind]}_${ulid(now, () => random.fraction()).toLowerCase()}` as Id<K>;
}

/** The 26 characters after the prefix: the part that goes into names at Fly. */
export const idSuffix = (id: string): string => id.slice(id.indexOf("_") + 1);
