import type { Mutation } from "../support/mutant.ts";

/**
 * What keeps a deployment safe, each with the change that switches it off: a small mutant of the source, found by its
 * exact text, which must be there exactly once, so that this list can't rot silently.
 */
export type Protection = Mutation;

const DOMAIN = "worker/domain/deployment";
const DRIVER = "durable-objects/deployment/driver.ts";
const HANDS = "durable-objects/deployment/hands.ts";

export const PROTECTIONS: readonly Protection[] = [
  {
    name: "what may be created is doubted before the call",
    file: `${DOMAIN}/apply.ts`,
    find: "return { volume: maybe };",
    replace: "return {};",
  },
  {
    name: "a machine whose create was lost is adopted by list",
    file: `${DOMAIN}/fold.ts`,
    find: "if (oldest !== undefined) return takeMachine(state, oldest, now);",
    replace: "",
  },
  {
    name: "state is read again after every await",
    file: DRIVER,
    find: "const told = fold(current, seen, ports.clock.now());",
    replace: "const told = fold(asked, seen, ports.clock.now());",
  },
  {
    name: "leaving sets the next alarm",
    file: DRIVER,
    find: "ports.arm(wakes.length === 0 ? null : Math.min(...wakes));",
    replace: "ports.arm(null);",
  },
  {
    name: "lists lag: a lost create counts as not done only after a while",
    file: `${DOMAIN}/fold-storage.ts`,
    find: 'if (volume.is !== "maybe" || now - volume.since < VISIBILITY_MS)',
    replace: 'if (volume.is !== "maybe")',
  },
  {
    name: "a failed update puts back state, not the image alone",
    file: `${DOMAIN}/procedure.ts`,
    find: 'return BACK[hasSnapshot ? "with state" : "without state"];',
    replace: 'return BACK["without state"];',
  },
  {
    name: "an empty volume never takes a full one's place",
    file: HANDS,
    find: 'return "snapshotId" in source',
    replace: 'return source !== null ? {} : "snapshotId" in source',
  },
  {
    name: "the old machine is stopped before another is made",
    file: `${DOMAIN}/procedure.ts`,
    find: '"with state": ["stop", "cordon"',
    replace: '"with state": ["cordon"',
  },
  {
    name: "a volume is kept until its retention ends",
    file: `${DOMAIN}/gap.ts`,
    find: "if (!spec.purge && status.retainedUntil !== null && now < status.retainedUntil) return null;",
    replace: "",
  },
  {
    name: "what D1 was told is remembered",
    file: DRIVER,
    find: "store.settle(debt, clock.now());",
    replace: "",
  },
  {
    name: "Fly's own words are redacted",
    file: HANDS,
    find: "const detail = await input.secrets.redact(outcome.detail)",
    replace: "const detail = await Promise.resolve(outcome.detail)",
  },
  {
    name: "at rest nothing is tried again at once",
    file: `${DOMAIN}/decide.ts`,
    find: "if (now < pause.until) return sleepFor(told, unevenly(pause.until, now, chance));",
    replace: "",
  },
  {
    name: "every step has a deadline",
    file: `${DOMAIN}/decide.ts`,
    find: "const isOverdue = step !== null && now >= step.deadlineAt;",
    replace: "const isOverdue = false;",
  },
  {
    name: "a volume that was set aside is never taken for the new one",
    file: `${DOMAIN}/fold-storage.ts`,
    find: "const own = outcome.value.filter(({ id }) => !others.has(id));",
    replace: "const own = outcome.value;",
  },
  {
    name: "a machine that was set aside is never taken for the new one",
    file: `${DOMAIN}/fold.ts`,
    find: "metadata[METADATA.deployment] === state.identity.id && !replaced.has(id)",
    replace: "metadata[METADATA.deployment] === state.identity.id",
  },
  {
    name: "what was replaced is cleared away",
    file: `${DOMAIN}/chores.ts`,
    find: "if (leftover !== undefined)",
    replace: "if (leftover !== undefined && now < 0)",
  },
  {
    name: "an answer of Fly's own silence puts deadlines off",
    file: `${DOMAIN}/decide.ts`,
    find: 'if (isOverdue && move.do !== "fail" && step.putOff < PUT_OFF_MAX) {',
    replace: 'if (isOverdue && move.do !== "fail" && step.putOff < 0) {',
  },
  {
    name: "what ran before gets the secrets of before",
    file: `${DOMAIN}/procedure.ts`,
    find: "if (was.secretsRevision === target.secretsRevision) return path;",
    replace: "if (was.secretsRevision <= target.secretsRevision) return path;",
  },
  {
    name: "a newer wish brings its own secrets",
    file: `${DOMAIN}/procedure.ts`,
    find: "const hasOtherSecrets = target.secretsRevision !== procedure.target.secretsRevision;",
    replace: "const hasOtherSecrets = false;",
  },
  {
    name: "secrets count as set only while they are the ones that are wished for",
    file: `${DOMAIN}/apply.ts`,
    find: "return op.subject === revisionToSet(state)",
    replace: "return op.subject !== null",
  },
  {
    name: "a machine has the size of the release it is made from",
    file: `${DOMAIN}/machine-config.ts`,
    find: "guest: wireGuest(guestOf(spec)),",
    replace: 'guest: wireGuest(guestOf({ ...spec, tier: "shared" })),',
  },
  {
    name: "a tier that the plan lacks is left",
    file: `${DOMAIN}/keep-terms.ts`,
    find: 'if (isWithin(state) || state.procedure?.direction === "back")',
    replace: "if (now > 0)",
  },
  {
    name: "a machine boots anew to see all of its disk",
    file: `${DOMAIN}/run-gap.ts`,
    find: "machine.bootGeneration < spec.bootGeneration || !seesItsDisk(state, machine)",
    replace: "machine.bootGeneration < spec.bootGeneration",
  },
  {
    name: "a disk whose growth was lost is looked at",
    file: `${DOMAIN}/disk.ts`,
    find: "bootAfter: hasGrown ? upSince(state) : (before?.bootAfter ?? null),",
    replace: "bootAfter: before?.bootAfter ?? null,",
  },
  {
    name: "an address that may have been had is not asked for again",
    file: `${DOMAIN}/apply.ts`,
    find: "return { ownIp: maybe };",
    replace: "return {};",
  },
  {
    name: "an address is given back with its deployment",
    file: `${DOMAIN}/own-ip.ts`,
    find: 'spec.desired !== "deleted" && (status.good',
    replace: "(status.good",
  },
  {
    name: "only an untouched pair is left behind for a host with room",
    file: `${DOMAIN}/procedure.ts`,
    find: "if (!isUntouched) return null;",
    replace: "",
  },
  {
    name: "a newer wish waits for the volume that is being copied to another host",
    file: `${DOMAIN}/procedure.ts`,
    find: 'procedure.path.includes("apply") || procedure.path.includes("machine")',
    replace: 'procedure.path.includes("apply")',
  },
  {
    name: "a read that doesn't show a machine doesn't make it gone",
    file: `${DOMAIN}/fold.ts`,
    find: "if (now - missingSince >= GONE_AFTER_MS && now - machine.createdAt >= VISIBILITY_MS)",
    replace: "if (now > 0)",
  },
  {
    name: "what is refused is not tried again at once, however well the machine is",
    file: `${DOMAIN}/fold-machine.ts`,
    find: "before.observedAt > 0 && healthy !== state.status.healthy",
    replace: "healthy !== state.status.healthy",
  },
  {
    name: "what befalls another machine says nothing of the present one",
    file: `${DOMAIN}/apply.ts`,
    find: '  "delete_leftover",\n  "delete_kept_volume",\n]);',
    replace: "]);",
  },
  {
    name: "a run ends when Fly says it ended",
    file: `${DOMAIN}/meter.ts`,
    find: 'what === "exit" ? at : Math.min(lastSeen(machine), at)',
    replace: "Math.min(lastSeen(machine), at)",
  },
  {
    name: "a disk that is set aside goes on being metered",
    file: `${DOMAIN}/meter.ts`,
    find: "const old = procedure?.old?.volume ?? null;",
    replace: "const old = null;",
  },
  {
    name: "the newest telling of what was used holds",
    file: `${DOMAIN}/meter.ts`,
    find: "const version = next.version + 1;",
    replace: "const version = 1;",
  },
];
