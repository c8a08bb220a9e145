import type { DeploymentId } from "../../worker/domain/ids.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import { DAY_MS } from "../../worker/platform/clock.ts";
import { describeError } from "../../worker/platform/logger.ts";
import type { Logger } from "../../worker/platform/logger.ts";
import type { Redact } from "../../worker/platform/redact.ts";
import { redactor } from "../../worker/platform/redact.ts";
import type { Db } from "../../worker/store/db.ts";
import type { SecretRow } from "../../worker/store/vault.repo.ts";
import { pruneSecrets, secretRows } from "../../worker/store/vault.repo.ts";
import { VaultError } from "../../worker/vault/key-provider.ts";
import type { Vault } from "../../worker/vault/vault.ts";
import type { MachineSecrets } from "./hands.ts";

/**
 * What one deployment's object knows of its secrets: opened when it needs them, kept in memory for as long as this
 * incarnation lives, and nowhere else. Rows are never changed, so what was opened stays right; only newer ones can come.
 */
export type SecretsPorts = {
  db: Db;
  vault(): Vault;
  logger: Logger;
  now(): Promise<number>;
  /** Tells the audit that values were read for the machine. */
  onRead(names: readonly string[], revision: number): Promise<void>;
};

/** What was superseded is kept this long. */
const SUPERSEDED_MS = 30 * DAY_MS;

type Opened = { name: string; version: number; value: string | null; createdAt: number };

export class DeploymentSecrets implements MachineSecrets {
  readonly #ports: SecretsPorts;
  readonly #id: () => DeploymentId | null;
  #opened: readonly Opened[] = [];
  #upTo = 0;
  /** Of what is opened; made when it is first asked for. */
  #redact: Redact | null = null;
  #turns: Promise<void> = Promise.resolve();

  constructor(id: () => DeploymentId | null, ports: SecretsPorts) {
    this.#id = id;
    this.#ports = ports;
  }

  async at(revision: number): Promise<Outcome<Readonly<Record<string, string | null>>>> {
    try {
      await this.#refresh(() => true);
      await this.#prune(revision);
      const values = this.#valuesAt(revision);
      await this.#ports.onRead(
        Object.keys(values).filter((name) => values[name] !== null),
        revision,
      );
      return { kind: "ok", value: values };
    } catch (error) {
      return this.#unread(error);
    }
  }

  /** Nothing is refused on the strength of it: somebody has to look, and until then it is waited for. */
  #unread(error: unknown): Outcome<never> {
    this.#ports.logger.error("secrets.not_read", { error: describeError(error) });
    const detail =
      error instanceof VaultError
        ? "Its secrets can't be opened; our team has to look."
        : "The vault did not answer.";
    return { kind: "unavailable", detail };
  }

  async names(revision: number): Promise<Outcome<readonly string[]>> {
    try {
      await this.#refresh(() => this.#upTo < revision);
      const values = Object.entries(this.#valuesAt(revision));
      return {
        kind: "ok",
        value: values.flatMap(([name, value]) => (value === null ? [] : [name])).toSorted(),
      };
    } catch (error) {
      return this.#unread(error);
    }
  }

  async redact(text: string): Promise<string> {
    await this.#refresh(() => this.#upTo === 0);
    this.#redact ??= redactor(this.#opened.flatMap(({ value }) => value ?? []));
    return this.#redact(text);
  }

  /** They changed: the next use looks again. */
  forget(): void {
    this.#upTo = 0;
  }

  #valuesAt(revision: number): Readonly<Record<string, string | null>> {
    const values: Record<string, string | null> = {};
    // Every name there ever was is named, so that what is not (yet, or any more) wanted is taken away.
    for (const { name } of this.#opened) values[name] = null;
    for (const { name, version, value } of this.#opened) if (version <= revision) values[name] = value;
    return values;
  }

  async #prune(revision: number): Promise<void> {
    const id = this.#id();
    const before = (await this.#ports.now()) - SUPERSEDED_MS;
    const isOld = ({ name, version }: Opened): boolean =>
      this.#opened.some(
        (newer) =>
          newer.name === name &&
          newer.version > version &&
          newer.version <= revision &&
          newer.createdAt < before,
      );
    if (id === null || !this.#opened.some(isOld)) return;
    await pruneSecrets(this.#ports.db, id, revision, before);
    this.#opened = this.#opened.filter((one) => !isOld(one));
  }

  /** In turn: a page of lines asks a hundred times at once, and each would open everything for itself. */
  #refresh(isNeeded: () => boolean): Promise<void> {
    const turn = this.#turns.then(() => (isNeeded() ? this.#load() : undefined));
    this.#turns = turn.catch(() => undefined); // Whoever asked is told.
    return turn;
  }

  async #load(): Promise<void> {
    const id = this.#id();
    if (id === null) return;
    const known = this.#opened.at(-1)?.version ?? 0;
    const rows = await secretRows(this.#ports.db, id, known);
    const vault = this.#ports.vault();
    const opened = await Promise.all(rows.map((row) => this.#open(vault, row)));
    this.#opened = [...this.#opened, ...opened];
    this.#redact = null;
    this.#upTo = this.#opened.at(-1)?.version ?? 0;
  }

  async #open(vault: Vault, row: SecretRow): Promise<Opened> {
    const { name, version, createdAt } = row;
    const value = row.payload === null ? null : await vault.openSecret(row);
    return { name, version, createdAt, value };
  }
}
