import { createHmac } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { App, Secret, SecretSet } from "./entities.ts";
import { badRequest, failedPrecondition, notFound } from "./errors.ts";
import type { Store } from "./store.ts";

/** An app's secrets: environment of its machines at their next boot. Every change makes a new version. */
export type Secrets = {
  /** Throws when the app hasn't reached `minVersion` yet. */
  of(app: App, minVersion: number | undefined): SecretSet;
  find(app: App, name: string, minVersion: number | undefined): Secret;
  /** Sets the values, removes those that are null; all of them or, when a name is wrong, none. */
  change(app: App, values: Readonly<Record<string, string | null>>): SecretSet;
  remove(app: App, name: string): SecretSet;
};

export function createSecrets(store: Store, clock: Clock): Secrets {
  function of(app: App, minVersion: number | undefined): SecretSet {
    const set = store.secrets.get(app.name) ?? { version: 0, secrets: {} };
    if (minVersion !== undefined && minVersion > set.version) {
      throw failedPrecondition(`min_version ${minVersion} is not yet available on this app`);
    }
    return set;
  }

  function change(app: App, values: Readonly<Record<string, string | null>>): SecretSet {
    const bad = Object.keys(values).find((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
    if (bad !== undefined) throw badRequest(`invalid secret name "${bad}"`);
    const set = of(app, undefined);
    const now = clock.now();
    const next: Record<string, Secret> = { ...set.secrets };
    for (const [name, value] of Object.entries(values)) {
      if (value === null) delete next[name];
      else
        next[name] = {
          value,
          digest: digestOf(app, value),
          createdAt: next[name]?.createdAt ?? now,
          updatedAt: now,
        };
    }
    const changed: SecretSet = { version: set.version + 1, secrets: next };
    store.secrets.put(app.name, changed);
    return changed;
  }

  function find(app: App, name: string, minVersion: number | undefined): Secret {
    const secret = of(app, minVersion).secrets[name];
    if (secret === undefined) throw notFound(`secret ${name} not found`);
    return secret;
  }

  return {
    of,
    find,
    change,
    remove(app, name) {
      find(app, name, undefined);
      return change(app, { [name]: null });
    },
  };
}

/** Equal values of one app share a digest, and it says nothing about the value to who can't read the app's id. */
function digestOf(app: App, value: string): string {
  return createHmac("sha256", app.id).update(value).digest("hex").slice(0, 16);
}
