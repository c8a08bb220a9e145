import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { me } from "../../worker/contract/auth.ts";
import { createBackup, listBackups, restoreBackup } from "../../worker/contract/backups.ts";
import { remove, undelete, update } from "../../worker/contract/deployments.ts";
import { termsOf } from "../../worker/domain/deployment/terms.ts";
import type { Entitlement } from "../../worker/domain/entitlement/state.ts";
import { newEntitlement } from "../../worker/domain/entitlement/state.ts";
import type { PaidPlanId } from "../../worker/domain/plans.ts";
import {
  allowPlaces,
  appOf,
  codeOf,
  fly,
  newPerson,
  productNow,
  readyDeployment,
  rpcOf,
  settled,
  soaked,
  until,
} from "./support.ts";
import type { Person } from "./support.ts";

/** A deployment that exists changes its machine, its disk, its own address and how long its backups are kept. */

const NOTE = "/data/note";

type Machine = {
  id: string;
  config: { guest: { cpu_kind: string; cpus: number; memory_mb: number }; mounts: { volume: string }[] };
};
type Volume = { id: string; size_gb: number; snapshot_retention: number };

async function machineOf(id: string): Promise<Machine> {
  const [machine, ...others] = await fly<Machine[]>(`/apps/${appOf(id)}/machines`);
  if (machine === undefined || others.length > 0) throw new Error("There is not exactly one machine.");
  return machine;
}

async function volumeOf(id: string): Promise<Volume> {
  const [volume, ...others] = await fly<Volume[]>(`/apps/${appOf(id)}/volumes`);
  if (volume === undefined || others.length > 0) throw new Error("There is not exactly one volume.");
  return volume;
}

async function ownAddresses(id: string): Promise<string[]> {
  const { ips } = await fly<{ ips: { ip: string; type: string }[] }>(`/apps/${appOf(id)}/ip_assignments`);
  return ips.filter(({ type }) => type === "v4").map(({ ip }) => ip);
}

async function exec(id: string, ...command: string[]): Promise<string> {
  const path = `/apps/${appOf(id)}/machines/${(await machineOf(id)).id}/exec`;
  return (await fly<{ stdout: string }>(path, { method: "POST", body: JSON.stringify({ command }) })).stdout;
}

/** Somebody whose account pays for a plan. */
async function customerOf(plan: PaidPlanId): Promise<Person> {
  const person = await newPerson();
  const { account } = await person.client.call(me, {});
  const now = await productNow();
  const subscription = { id: "sub_1", status: "active", plan, cancelAt: null, next: null };
  const entitlement: Entitlement = {
    ...newEntitlement(now),
    phase: { is: "active", plan },
    wasSubscribed: true,
    facts: {
      readAt: now,
      isDisputed: false,
      subscription: { ...subscription, currentPeriodEnd: null, paidUntil: null },
    },
  };
  await env.DB.prepare(
    "UPDATE subscriptions SET plan = ?, entitlement = ?, grows_until = ? WHERE account_id = ?",
  )
    .bind(plan, JSON.stringify(entitlement), Number.MAX_SAFE_INTEGER, account.id)
    .run();
  return person;
}

const snapshotOf = async (id: string) => {
  const answer = await rpcOf(id).snapshot();
  if (!answer.ok) throw new Error(answer.detail);
  return answer.value;
};

describe("another machine size", () => {
  it("is taken by a safe update, there and back, on the same volume with all that is on it", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person);
    const before = await machineOf(id);
    expect(before.config.guest).toMatchObject({ cpu_kind: "shared", cpus: 2, memory_mb: 2048 });
    await exec(id, "write", NOTE, "kept");

    const large = await soaked(
      person,
      await person.client.call(update, { params: { id }, json: { tier: "dedicated" } }),
    );
    expect(large).toMatchObject({
      phase: "ready",
      tier: "dedicated",
      guest: { cpuKind: "performance", cpus: 1, memoryMb: 3072 },
      lastOutcome: { kind: "update", result: "done" },
    });
    expect(await machineOf(id)).toMatchObject({
      id: before.id,
      config: {
        guest: { cpu_kind: "performance", cpus: 1, memory_mb: 3072 },
        mounts: [{ volume: before.config.mounts[0]?.volume }],
      },
    });
    expect(await exec(id, "cat", NOTE)).toBe("kept");
    const address = await until(async () => (await snapshotOf(id)).ownIpv4);
    expect(await ownAddresses(id)).toEqual([address]);
    const { items } = await person.client.call(listBackups, { params: { id } });
    expect(items).toMatchObject([{ kind: "update", status: "created" }]);

    const small = await soaked(
      person,
      await person.client.call(update, { params: { id }, json: { tier: "shared" } }),
    );
    expect(small).toMatchObject({ phase: "ready", tier: "shared" });
    await until(async () => ((await snapshotOf(id)).ownIpv4 === null ? true : null));
    expect(await ownAddresses(id)).toEqual([]);
    const after = await machineOf(id);
    expect(after.config).toMatchObject({ guest: before.config.guest, mounts: before.config.mounts });
    expect(await exec(id, "cat", NOTE)).toBe("kept");
  });

  it("that it has already changes nothing", async () => {
    const person = await customerOf("dedicated");
    const { id, generation } = await readyDeployment(person);
    const again = await person.client.call(update, { params: { id }, json: { tier: "shared", diskGb: 3 } });
    expect(again).toMatchObject({ generation, phase: "ready" });
  });

  it("needs a plan that has it", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const asked = person.client.call(update, { params: { id }, json: { tier: "dedicated" } });
    await expect(asked).rejects.toMatchObject({
      problem: {
        status: 403,
        code: "quota.exceeded",
        detail: expect.stringContaining("no dedicated machines"),
      },
    });
  });

  it("is refused by the deployment itself while it has not been told of the plan", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person);
    await rpcOf(id).intend({ kind: "terms", terms: termsOf("shared") });
    expect(await codeOf(person.client.call(update, { params: { id }, json: { tier: "dedicated" } }))).toBe(
      "quota.exceeded",
    );
  });

  it("comes with an address that is given back when it is deleted, while its volume is kept", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person, { tier: "dedicated" });
    await until(async () => (await snapshotOf(id)).ownIpv4);
    expect((await machineOf(id)).config.guest.cpu_kind).toBe("performance");
    await settled(person, await person.client.call(remove, { params: { id } }));
    await until(async () => ((await ownAddresses(id)).length === 0 ? true : null));
    expect((await volumeOf(id)).size_gb).toBe(3);
  });
});

describe("a larger disk", () => {
  it("grows under an assistant that stays open, on the same volume", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person);
    const before = { machine: await machineOf(id), volume: await volumeOf(id) };
    await exec(id, "write", NOTE, "kept");
    const asked = await person.client.call(update, { params: { id }, json: { diskGb: 5 } });
    expect(asked).toMatchObject({ phase: "growing", diskGb: 5, closedBecause: null });
    expect(await settled(person, asked)).toMatchObject({ phase: "ready", diskGb: 5 });
    expect(await volumeOf(id)).toMatchObject({ id: before.volume.id, size_gb: 5 });
    expect(await machineOf(id)).toEqual(before.machine);
    expect(await exec(id, "cat", NOTE)).toBe("kept");
  });

  it("never shrinks", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person);
    await settled(person, await person.client.call(update, { params: { id }, json: { diskGb: 5 } }));
    const asked = person.client.call(update, { params: { id }, json: { diskGb: 4 } });
    await expect(asked).rejects.toMatchObject({
      problem: {
        status: 409,
        code: "deployment.disk_shrinks",
        detail: expect.stringContaining("can't shrink"),
      },
    });
  });

  it("is an extra beyond the plan: as much of it as its owner's limit pays for a whole month", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person);
    const { account } = await person.client.call(me, {});
    const grown = () => person.client.call(update, { params: { id }, json: { diskGb: 11 } });
    const allow = (cents: number) =>
      env.DB.prepare(
        "INSERT OR REPLACE INTO spend_caps (account_id, cap_cents, month, told) VALUES (?, ?, 0, 0)",
      )
        .bind(account.id, cents)
        .run();
    await expect(grown()).rejects.toMatchObject({
      problem: { code: "billing.spend_cap", detail: expect.stringContaining("at least $0.42") },
    });
    await allow(41);
    expect(await codeOf(grown())).toBe("billing.spend_cap");
    await allow(42);
    expect(await settled(person, await grown())).toMatchObject({ phase: "ready", diskGb: 11 });
  });

  it("of a trial is what the trial includes, whatever an operator lets it have", async () => {
    const trial = await newPerson();
    await allowPlaces(trial, 3);
    const { id } = await readyDeployment(trial);
    expect(await codeOf(trial.client.call(update, { params: { id }, json: { diskGb: 4 } }))).toBe(
      "quota.exceeded",
    );
  });

  it("is as large in a new deployment that is made from its backup", async () => {
    const person = await customerOf("dedicated");
    await allowPlaces(person, 2);
    const { id } = await readyDeployment(person);
    await settled(person, await person.client.call(update, { params: { id }, json: { diskGb: 4 } }));
    const { id: backupId } = await person.client.call(createBackup, { params: { id } });
    await until(async () => {
      const { items } = await person.client.call(listBackups, { params: { id } });
      return items.find((backup) => backup.id === backupId)?.status === "created" ? true : null;
    });
    const copy = await settled(
      person,
      await person.client.call(restoreBackup, { params: { id, backupId }, json: { into: "new" } }),
    );
    expect(copy).toMatchObject({ phase: "ready", diskGb: 4 });
    expect((await volumeOf(copy.id)).size_gb).toBe(4);
  });
});

describe("the terms of a plan", () => {
  it("say how long backups are kept; told again they change nothing", async () => {
    const person = await newPerson();
    const { id, backupDays } = await readyDeployment(person);
    expect([backupDays, (await volumeOf(id)).snapshot_retention]).toEqual([7, 7]);
    const told = await rpcOf(id).intend({ kind: "terms", terms: termsOf("dedicated") });
    expect(told).toMatchObject({ value: { backupDays: 60, phase: "ready" } });
    await until(async () => ((await volumeOf(id)).snapshot_retention === 60 ? true : null));
    const again = await rpcOf(id).intend({ kind: "terms", terms: termsOf("dedicated") });
    expect(again.ok && told.ok && again.value.generation === told.value.generation).toBe(true);
  });

  it("that lack its machine bring it down to a shared one, safely", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person, { tier: "dedicated" });
    await exec(id, "write", NOTE, "kept");
    const told = await rpcOf(id).intend({ kind: "terms", terms: termsOf("shared") });
    if (!told.ok) throw new Error(told.detail);
    expect(told.value).toMatchObject({ tier: "shared", phase: "updating" });
    const down = await soaked(person, { id, generation: told.value.generation });
    expect(down).toMatchObject({ phase: "ready", tier: "shared", lastOutcome: { result: "done" } });
    expect((await machineOf(id)).config.guest.cpu_kind).toBe("shared");
    expect(await exec(id, "cat", NOTE)).toBe("kept");
  });

  it("are told to every deployment of an account by its billing object", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await rpcOf(id).intend({ kind: "terms", terms: termsOf("dedicated") });
    const { account } = await person.client.call(me, {});
    await env.BILLING_ACCOUNT.getByName(account.id).sync({ actor: "operator", event: null });
    expect(await snapshotOf(id)).toMatchObject({ backupDays: 7, tiers: ["shared"] });
  });

  it("also reach one that is deleted, so that it comes back as what the plan has", async () => {
    const person = await customerOf("dedicated");
    const { id } = await readyDeployment(person, { tier: "dedicated" });
    await settled(person, await person.client.call(remove, { params: { id } }));
    await rpcOf(id).intend({ kind: "terms", terms: termsOf("shared") });
    const back = await person.client.call(undelete, { params: { id } });
    expect(back.tier).toBe("shared");
    // What it last ran well as comes first; the way down follows from there.
    expect(await soaked(person, back)).toMatchObject({ tier: "shared", phase: "ready" });
    expect((await machineOf(id)).config.guest.cpu_kind).toBe("shared");
  });
});
