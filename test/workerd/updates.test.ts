import { describe, expect, it } from "vitest";
import { createBackup, listBackups, restoreBackup } from "../../worker/contract/backups.ts";
import { readAudit } from "../../worker/contract/account.ts";
import { validateConfig } from "../../worker/contract/control.ts";
import {
  create,
  events,
  get,
  logs,
  remove,
  restart,
  rollback,
  start,
  stop,
  undelete,
  update,
} from "../../worker/contract/deployments.ts";
import type { Deployment } from "../../worker/contract/deployments.ts";
import {
  advanceClock,
  appOf,
  fly,
  newDeployment,
  allowPlaces,
  newPerson,
  readyDeployment,
  rpcOf,
  settled,
  soaked,
  until,
} from "./support.ts";
import type { Person } from "./support.ts";

/** What the stub's machine remembers on its volume. */
const NOTE = "/data/note";

type Machine = { id: string; state: string; config: { image: string; mounts: { volume: string }[] } };
const machinesOf = (id: string) => fly<Machine[]>(`/apps/${appOf(id)}/machines`);
const volumesOf = (id: string) => fly<{ id: string }[]>(`/apps/${appOf(id)}/volumes`);

async function onlyMachine(id: string): Promise<Machine> {
  const [machine, ...others] = await machinesOf(id);
  if (machine === undefined || others.length > 0) throw new Error("There is not exactly one machine.");
  return machine;
}

async function exec(id: string, ...command: string[]): Promise<string> {
  const { id: machineId } = await onlyMachine(id);
  const path = `/apps/${appOf(id)}/machines/${machineId}/exec`;
  const answer = await fly<{ stdout: string }>(path, { method: "POST", body: JSON.stringify({ command }) });
  return answer.stdout;
}

const updateTo = async (person: Person, id: string, version: string): Promise<Deployment> =>
  person.client.call(update, { params: { id }, json: { version } });

async function backedUp(person: Person, id: string): Promise<string> {
  const { id: backupId } = await person.client.call(createBackup, { params: { id } });
  await until(async () => {
    const { items } = await person.client.call(listBackups, { params: { id } });
    return items.find((backup) => backup.id === backupId)?.status === "created" ? true : null;
  });
  return backupId;
}

describe("what an assistant may reach", () => {
  type Told = { egress: { allow: { name: string; ports?: number[] }[] } };
  /** What the machine's agent is told. */
  async function told(id: string): Promise<Told["egress"]["allow"]> {
    const { config } = (await onlyMachine(id)) as Machine & { config: { files: { raw_value: string }[] } };
    return (JSON.parse(atob(config.files[0]?.raw_value ?? "")) as Told).egress.allow;
  }

  it("is what everybody's may and its owner's own names, and is put back with what it was part of", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const usual = await told(id);
    const egress = [{ name: "mail.example.com", ports: [993] }];
    const updated = await soaked(
      person,
      await person.client.call(update, { params: { id }, json: { egress } }),
    );
    expect(updated).toMatchObject({ phase: "ready", egress });
    expect(await told(id)).toEqual([...usual, ...egress]);
    await soaked(person, await person.client.call(update, { params: { id }, json: { config: {} } }));
    expect(await told(id)).toEqual([...usual, ...egress]);
    await soaked(person, await person.client.call(update, { params: { id }, json: { egress: [] } }));
    expect(await told(id)).toEqual(usual);
  });

  it("is refused by name where it can never be allowed", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const egress = [{ name: "good.example.com" }, { name: "mail.example.com", ports: [25] }];
    await expect(person.client.call(update, { params: { id }, json: { egress } })).rejects.toMatchObject({
      problem: {
        code: "request.invalid",
        errors: [{ pointer: "/egress/1", message: "Port 25 of mail.example.com can't be allowed." }],
      },
    });
  });
});

describe("updating to another version", () => {
  it("keeps the machine and its volume, and remembers what to go back to", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    const before = await onlyMachine(id);
    await exec(id, "write", NOTE, "kept");
    const updated = await soaked(person, await updateTo(person, id, "2.0.0"));
    expect(updated).toMatchObject({
      phase: "ready",
      version: "2.0.0",
      previousVersion: before.config.image.split(":").at(-1),
      lastOutcome: { kind: "update", result: "done" },
    });
    expect(await onlyMachine(id)).toMatchObject({ id: before.id, config: { mounts: before.config.mounts } });
    expect(await exec(id, "cat", NOTE)).toBe("kept");
    const { items } = await person.client.call(listBackups, { params: { id } });
    expect(items).toMatchObject([{ kind: "update", status: "created" }]);
  });

  it.each(["stub-exit-78", "stub-unhealthy"])(
    "that fails (%s) puts back image and state and says why, with the last lines of its log",
    async (version) => {
      const person = await newPerson();
      const { id, version: good } = await readyDeployment(person);
      const before = await onlyMachine(id);
      await exec(id, "write", NOTE, "kept");
      const asked = await updateTo(person, id, version);
      // Product time passes until its health deadline; a version that exits needs none of it.
      const back = await until(async () => {
        const now = await person.client.call(get, { params: { id } });
        if (now.phase === "updating" && now.step?.name === "health" && version === "stub-unhealthy") {
          await advanceClock(60_000);
          await rpcOf(id).poke();
        }
        return now.observedGeneration >= asked.generation && now.phase === "ready" ? now : null;
      });
      expect(back).toMatchObject({ version: good, lastOutcome: { kind: "update", result: "rolled_back" } });
      expect(back.lastOutcome?.lines.join("\n")).toContain("stub runtime");
      const after = await until(async () => ((await machinesOf(id)).length === 1 ? onlyMachine(id) : null));
      expect(after.config.image).toBe(before.config.image);
      expect(after.config.mounts[0]?.volume).not.toBe(before.config.mounts[0]?.volume);
      expect(await exec(id, "cat", NOTE)).toBe("kept");
      // The altered volume is kept, too, and what stands on it can be had as a backup.
      expect(await volumesOf(id)).toHaveLength(2);
      await until(async () => {
        const { items } = await person.client.call(listBackups, { params: { id } });
        return items.some(({ kind, status }) => kind === "replaced" && status === "created") ? true : null;
      });
    },
  );

  it("is refused for new versions after three rollbacks in a row, until somebody looks", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    for (let count = 0; count < 3; count += 1) {
      const { generation } = await updateTo(person, id, "stub-exit-78");
      await until(async () => {
        const now = await person.client.call(get, { params: { id } });
        return now.observedGeneration >= generation && now.phase === "ready" ? now : null;
      });
    }
    await expect(updateTo(person, id, "2.0.0")).rejects.toMatchObject({
      problem: { status: 409, code: "deployment.updates_suspended" },
    });
    await rpcOf(id).operate({ kind: "forgive" });
    expect((await updateTo(person, id, "2.0.0")).phase).toBe("updating");
  });

  it("is overtaken by a stop, and taken up again by a start", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await updateTo(person, id, "2.0.0");
    expect((await settled(person, await person.client.call(stop, { params: { id } }))).phase).toBe("stopped");
    const started = await soaked(person, await person.client.call(start, { params: { id } }));
    expect(started).toMatchObject({ phase: "ready", version: "2.0.0" });
  });

  it("is overtaken by a deletion that leaves no machine", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await updateTo(person, id, "2.0.0");
    expect((await settled(person, await person.client.call(remove, { params: { id } }))).phase).toBe(
      "deleted",
    );
    expect(await machinesOf(id)).toEqual([]);
    expect(await volumesOf(id)).toHaveLength(1);
  });
});

describe("rolling back by hand", () => {
  it("returns to the version before and to the data of then", async () => {
    const person = await newPerson();
    const { id, version: first } = await readyDeployment(person);
    await exec(id, "write", NOTE, "before");
    await soaked(person, await updateTo(person, id, "2.0.0"));
    await exec(id, "write", NOTE, "after");
    const back = await soaked(person, await person.client.call(rollback, { params: { id } }));
    expect(back).toMatchObject({ phase: "ready", version: first, previousVersion: "2.0.0" });
    await until(async () => ((await machinesOf(id)).length === 1 ? true : null));
    expect(await exec(id, "cat", NOTE)).toBe("before");
  });
});

describe("backups", () => {
  it("are taken while it runs, and put back on wish; what was there before is a backup, too", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await exec(id, "write", NOTE, "early");
    const backupId = await backedUp(person, id);
    expect((await person.client.call(get, { params: { id } })).phase).toBe("ready");
    await exec(id, "write", NOTE, "late");
    const restored = await soaked(
      person,
      await person.client.call(restoreBackup, { params: { id, backupId }, json: { into: "same" } }),
    );
    expect(restored).toMatchObject({ phase: "ready", lastOutcome: { kind: "restore", result: "done" } });
    await until(async () => ((await machinesOf(id)).length === 1 ? true : null));
    expect(await exec(id, "cat", NOTE)).toBe("early");
    const { items } = await person.client.call(listBackups, { params: { id } });
    expect(items.map(({ kind }) => kind)).toEqual(["restore", "manual"]);
  });

  it("become a new deployment that has the data", async () => {
    const person = await newPerson();
    await allowPlaces(person, 2);
    const { id } = await readyDeployment(person);
    await exec(id, "write", NOTE, "mine");
    const backupId = await backedUp(person, id);
    const copy = await settled(
      person,
      await person.client.call(restoreBackup, {
        params: { id, backupId },
        json: { into: "new", name: "The copy" },
      }),
    );
    expect(copy).toMatchObject({ phase: "ready", name: "The copy" });
    expect(copy.id).not.toBe(id);
    expect(await exec(copy.id, "cat", NOTE)).toBe("mine");
  });

  it("that don't exist are a 404", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await expect(
      person.client.call(restoreBackup, { params: { id, backupId: "bkp_none" }, json: { into: "same" } }),
    ).rejects.toMatchObject({ problem: { status: 404, code: "backup.not_found" } });
  });
});

describe("undeleting", () => {
  it("brings it back with its data while the volume is kept", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await exec(id, "write", NOTE, "kept");
    await settled(person, await person.client.call(remove, { params: { id } }));
    const back = await settled(person, await person.client.call(undelete, { params: { id } }));
    expect(back).toMatchObject({ phase: "ready", deletedAt: null, retainedUntil: null });
    expect(await exec(id, "cat", NOTE)).toBe("kept");
  });

  it("takes a place of the plan again, so it is refused when there is none", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await settled(person, await person.client.call(remove, { params: { id } }));
    await until(async () => {
      const created = await person.client
        .call(create, { json: newDeployment })
        .catch((error: { problem: { code: string } }) => error.problem.code);
      return created === "quota.exceeded" ? true : null;
    });
    await expect(person.client.call(undelete, { params: { id } })).rejects.toMatchObject({
      problem: { code: "quota.exceeded" },
    });
  });

  it("of one that isn't deleted changes nothing", async () => {
    const person = await newPerson();
    const { id, generation } = await readyDeployment(person);
    expect(await person.client.call(undelete, { params: { id } })).toMatchObject({ generation });
  });
});

describe("restarting", () => {
  const gatewayAlone = (person: Person, id: string) =>
    person.client.call(restart, { params: { id }, query: { processOnly: "true" } });

  it("the gateway alone leaves its machine as it is, and stands in the timeline and on record", async () => {
    const person = await newPerson();
    const { id, generation } = await readyDeployment(person);
    const before = await onlyMachine(id);
    const told = await gatewayAlone(person, id);
    expect(told).toMatchObject({ generation, phase: "ready" });
    expect(await onlyMachine(id)).toEqual(before);
    const lines = await (
      await person.client.request(logs, { params: { id }, query: { lines: 50, follow: 0 } })
    ).text();
    expect(lines.split("stub runtime: gateway restarted")).toHaveLength(2);
    const { items } = await person.client.call(events, { params: { id }, query: { limit: 10 } });
    expect(items.map(({ message }) => message)).toContain(
      "The gateway alone starts anew; its machine runs on.",
    );
    const record = await person.client.call(readAudit, { query: { action: "deployment.changed" } });
    expect(record.items.slice(0, 2).map(({ outcome, content }) => [outcome, content["only"]])).toEqual([
      ["ok", "gateway"],
      ["asked", "gateway"],
    ]);
  });

  it("the gateway alone needs a machine that runs", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    await settled(person, await person.client.call(stop, { params: { id } }));
    await expect(gatewayAlone(person, id)).rejects.toMatchObject({
      problem: { status: 409, code: "deployment.state_conflict" },
    });
  });

  it("nobody else's", async () => {
    const { id } = await readyDeployment(await newPerson());
    await expect(gatewayAlone(await newPerson(), id)).rejects.toMatchObject({ problem: { status: 404 } });
  });
});

describe("checking the configuration", () => {
  it("asks the runtime itself", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    expect(await person.client.call(validateConfig, { params: { id } })).toEqual({ valid: true, issues: [] });
  });

  it("is said not to be offered where the runtime has no way to do it", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person, { runtime: "clawdbot" });
    await expect(person.client.call(validateConfig, { params: { id } })).rejects.toMatchObject({
      problem: { status: 409, code: "deployment.not_offered" },
    });
  });
});

describe("operators", () => {
  it("pause it: nothing happens at Fly until they are done", async () => {
    const person = await newPerson();
    const { id } = await readyDeployment(person);
    expect(await rpcOf(id).operate({ kind: "pause" })).toMatchObject({ value: { phase: "paused" } });
    const asked = await person.client.call(stop, { params: { id } });
    await rpcOf(id).poke();
    expect((await onlyMachine(id)).state).toBe("started");
    await rpcOf(id).operate({ kind: "resume" });
    expect((await settled(person, asked)).phase).toBe("stopped");
  });
});
