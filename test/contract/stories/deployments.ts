import {
  readFleet,
  readStrays,
  runReaper,
  adminDeployment,
  operateDeployment,
} from "../../../worker/contract/admin.ts";
import { me } from "../../../worker/contract/auth.ts";
import { createBackup, listBackups, restoreBackup } from "../../../worker/contract/backups.ts";
import type { ApiClient } from "../../../worker/contract/client.ts";
import { validateConfig } from "../../../worker/contract/control.ts";
import {
  create,
  events,
  get,
  listAll,
  open,
  remove,
  restart,
  retry,
  rollback,
  start,
  stop,
  undelete,
  update,
} from "../../../worker/contract/deployments.ts";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import {
  searchAudit,
  suspendAccount,
  unsuspendAccount,
  verifyAudit,
} from "../../../worker/contract/operators.ts";
import { applySecrets, deleteSecret, listSecrets, setSecret } from "../../../worker/contract/secrets.ts";
import { readUsage } from "../../../worker/contract/usage.ts";
import { advance, asking, newPerson, refusable, refusalOf, refused, until } from "../world.ts";
import type { Person, World } from "../world.ts";

const WISH = { name: "My assistant 🦞", runtime: "openclaw", region: "fra", tier: "shared" } as const;
/** How long a new release must stay well. */
const SOAK_MS = 25_000;

type Stage = {
  world: World;
  mine: ApiClient;
  /** The same person, where they are to be refused. */
  denied: ApiClient;
  operator: ApiClient;
  id: string;
};

/** The life of a deployment, as its owner and as operators see it. Answers ids for those who watch and read on. */
export async function deployments(
  world: World,
  operatorToken: string,
): Promise<{ owner: Person; deployment: string }> {
  const owner = await newPerson(world, "maker");
  await world.allowPlaces(owner.email, 3);
  const mine = asking(world, owner.token);
  const headers = { "idempotency-key": "once" };
  const { id } = await mine.call(create, { json: WISH, headers });
  await mine.call(create, { json: WISH, headers });
  const stage: Stage = {
    world,
    mine,
    denied: refusable(world, owner.token),
    operator: asking(world, operatorToken),
    id,
  };
  await refused(
    stage.denied.call(create, { json: { ...WISH, name: "Another" }, headers }),
    "idempotency.key_reused",
  );
  await served(stage, await mine.call(get, { params: { id } }));
  await mine.call(listAll, { query: { limit: 1 } });
  await mine.call(open, { params: { id } });
  await mine.call(readUsage, { params: { id } });
  const { nextCursor } = await mine.call(events, { params: { id }, query: { limit: 2 } });
  await mine.call(events, { params: { id }, query: { cursor: nextCursor ?? "" } });

  await secrets(stage);
  await releases(stage);
  await comingAndGoing(stage);
  await failing(stage);
  await sizes(stage);
  await operating(stage, owner);
  return { owner, deployment: id };
}

/** Waits until an accepted wish is served, and lets the time pass that a new release has to stay well. */
async function served(
  { world, mine, operator, id }: Stage,
  { generation }: Pick<Deployment, "generation">,
): Promise<Deployment> {
  let hasSoaked = false;
  return until(`generation ${generation} of ${id}`, async () => {
    const now = await mine.call(get, { params: { id } });
    if (now.observedGeneration >= generation) return now;
    if (now.step?.name === "soak" && !hasSoaked) {
      hasSoaked = true;
      await advance(world, SOAK_MS);
      await operator.call(operateDeployment, { params: { id }, json: { kind: "poke" } });
    }
    return null;
  });
}

async function secrets(stage: Stage): Promise<void> {
  const { mine, denied, id } = stage;
  const named = { id, name: "ANTHROPIC_API_KEY" };
  await mine.call(setSecret, { params: named, json: { value: "a key that works" } });
  await mine.call(setSecret, { params: { id, name: "MY_KEY" }, json: { value: "anything", check: false } });
  await refused(
    denied.call(setSecret, { params: named, json: { value: "an invalid key" } }),
    "secret.refused",
  );
  await refused(
    denied.call(setSecret, { params: { id, name: "PATH" }, json: { value: "x" } }),
    "request.invalid",
  );
  await mine.call(listSecrets, { params: { id } });
  await served(stage, await mine.call(applySecrets, { params: { id } }));
  await mine.call(deleteSecret, { params: named });
  await refused(denied.call(deleteSecret, { params: named }), "secret.not_found");
}

async function releases(stage: Stage): Promise<void> {
  const { mine, denied, id } = stage;
  const params = { id };
  await refused(denied.call(update, { params, json: { version: "0.0.1" } }), "request.invalid");
  await refused(denied.call(update, { params, json: { config: { gateway: {} } } }), "request.invalid");
  await served(stage, await mine.call(update, { params, json: { version: "2.0.0" } }));
  await served(stage, await mine.call(rollback, { params }));
  const { id: backupId } = await mine.call(createBackup, { params });
  await until("a backup", async () => {
    const { items } = await mine.call(listBackups, { params });
    return items.find((backup) => backup.id === backupId)?.status === "created" ? true : null;
  });
  await refused(
    denied.call(restoreBackup, { params: { id, backupId: "bkp_none" }, json: { into: "same" } }),
    "backup.not_found",
  );
  await served(stage, await mine.call(restoreBackup, { params: { id, backupId }, json: { into: "same" } }));
  await mine.call(restoreBackup, { params: { id, backupId }, json: { into: "new", name: "A copy" } });
}

async function comingAndGoing(stage: Stage): Promise<void> {
  const { mine, denied, id } = stage;
  const params = { id };
  await served(stage, await mine.call(stop, { params }));
  await refused(denied.call(restart, { params }), "deployment.state_conflict");
  await refused(
    denied.call(restart, { params, query: { processOnly: "true" } }),
    "deployment.state_conflict",
  );
  await refused(denied.call(validateConfig, { params }), "deployment.state_conflict");
  await refused(denied.call(open, { params }), "deployment.door_closed");
  await refused(denied.call(createBackup, { params: { id: NOBODYS } }), "deployment.not_found");
  await served(stage, await mine.call(start, { params }));
  await served(stage, await mine.call(restart, { params, query: { processOnly: "false" } }));
  await mine.call(restart, { params, query: { processOnly: "true" } });
  await mine.call(validateConfig, { params });
  await served(stage, await mine.call(remove, { params, query: { purge: "false" } }));
  await refused(denied.call(start, { params }), "deployment.state_conflict");
  await served(stage, await mine.call(undelete, { params }));
}

const NOBODYS = "dep_01jd0000000000000000000000";

/** One that fails, is tried again, and goes for good. */
async function failing(stage: Stage): Promise<void> {
  const { mine, denied } = stage;
  const { id } = await mine.call(create, { json: { ...WISH, name: "Ill", version: "stub-exit-78" } });
  const params = { id };
  await refused(denied.call(rollback, { params }), "deployment.state_conflict");
  await until("a failure", async () => ((await mine.call(get, { params })).phase === "failed" ? true : null));
  await mine.call(retry, { params });
  await until("another failure", async () =>
    (await mine.call(get, { params })).phase === "failed" ? true : null,
  );
  await mine.call(remove, { params, query: { purge: "true" } });
  await until("an end", async () =>
    (await refusalOf(denied.call(get, { params }))) === "deployment.deleted" ? true : null,
  );
  await refused(denied.call(start, { params }), "deployment.deleted");
}

async function sizes(stage: Stage): Promise<void> {
  const { mine, denied, id } = stage;
  const params = { id };
  await served(stage, await mine.call(update, { params, json: { diskGb: 3, tier: "shared" } }));
  await refused(denied.call(update, { params, json: { diskGb: 2 } }), "deployment.disk_shrinks");
  await served(
    stage,
    await mine.call(update, { params, json: { egress: [{ name: "mail.example.com", ports: [993] }] } }),
  );
  await refused(denied.call(update, { params, json: { diskGb: 500 } }), "quota.exceeded");
  await refused(denied.call(update, { params, json: { tier: "dedicated" } }), "quota.exceeded");
}

async function operating({ world, mine, operator, id }: Stage, owner: Person): Promise<void> {
  const params = { id };
  await operator.call(readFleet, {});
  await operator.call(runReaper, {});
  await operator.call(readStrays, {});
  await operator.call(adminDeployment, { params });
  for (const kind of ["pause", "resume", "reproject", "forgive"] as const)
    await operator.call(operateDeployment, { params, json: { kind } });
  for (const kind of ["hold", "release"] as const)
    await operator.call(operateDeployment, { params, json: { kind, hold: "operator" } });

  const { account } = await mine.call(me, {});
  const theirs = { params: { id: account.id } };
  await operator.call(suspendAccount, { ...theirs, json: { reason: "Something is not right." } });
  await refused(
    refusable(world, owner.token).call(create, { json: { ...WISH, name: "Not now" } }),
    "account.suspended",
  );
  await operator.call(unsuspendAccount, theirs);
  const { nextCursor } = await operator.call(searchAudit, { query: { chain: account.id, limit: 5 } });
  await operator.call(searchAudit, { query: { chain: account.id, cursor: nextCursor ?? "", limit: 200 } });
  await operator.call(searchAudit, { query: { chain: "nobody" } });
  await operator.call(verifyAudit, { query: { chain: account.id } });
}
