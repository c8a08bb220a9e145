import { z } from "zod";
import { idSchema } from "../ids.ts";
import { REGION_CODES } from "../regions.ts";
import { RUNTIME_IDS } from "../runtimes/descriptor.ts";
import { RUNTIMES } from "../runtimes/index.ts";
import { backupSchema } from "./backup.ts";
import { meterSchema, NEW_METER } from "./meter-schema.ts";
import { procedureSchema } from "./procedure-schema.ts";
import { releaseSchema } from "./release.ts";
import { STEP_NAMES } from "./steps.ts";
import { termsSchema, untoldTerms } from "./terms.ts";
import { upcast } from "./upcast.ts";
import { volumeSchema } from "./volume-schema.ts";

/**
 * The one document a deployment's object keeps. It is parsed on every load and asserted before every write; a document
 * that doesn't parse stops all work on that deployment instead of being taken for a fresh one. Fields are only ever
 * added; an upcaster raises `schemaVersion` when one must change its meaning.
 */

const instant = z.number().int().nonnegative();
const generation = z.number().int().nonnegative();

export const HOLDS = ["billing", "operator", "abuse", "account"] as const;
export const DESIRED = ["running", "stopped", "deleted"] as const;

const identitySchema = z.object({
  id: idSchema("deployment"),
  accountId: idSchema("account"),
  name: z.string(),
  slug: z.string(),
  createdAt: instant,
  /** Which control plane owns the Fly resources: staging and production may share an organisation. */
  controlPlaneId: z.string(),
});

/** What is wanted. Only intents (RPC) write it. */
const specSchema = z.object({
  /** What its machine is to be made from. */
  ...releaseSchema.shape,
  /** +1 on every accepted intent. */
  generation,
  /** The newest generation that asked for a fresh boot. */
  bootGeneration: generation,
  /** The customer's wish alone; `holds` override it without changing it. */
  desired: z.enum(DESIRED),
  holds: z.array(z.enum(HOLDS)),
  runtime: z.enum(RUNTIME_IDS),
  region: z.enum(REGION_CODES),
  /** Never less than its volume has: a disk only grows. */
  diskGb: z.number().int().positive(),
  /** The newest generation that asked for a larger disk. */
  diskGeneration: generation.default(0),
  /** What its account's plan allows it; told by the billing object. */
  terms: termsSchema,
  retentionDays: z.number().int().nonnegative(),
  /** The newest change to its secrets that we were told of; what runs may still have older ones. */
  stagedSecrets: z.number().int().nonnegative().default(0),
  /** Delete without retention. */
  purge: z.boolean(),
  /** Operators work on it by hand: nothing is done at Fly meanwhile. */
  paused: z.boolean().default(false),
  /** The newest wish to be put back to a snapshot. */
  restore: z.object({ generation, snapshotId: z.string() }).nullable().default(null),
  /** The snapshot of another deployment that its first volume is made from. */
  seedSnapshotId: z.string().nullable().default(null),
});

/**
 * A resource at Fly: `maybe` is written before the call that creates it and is resolved by looking alone, so that no
 * lost answer can make a second one.
 */
const resource = <T extends z.core.$ZodShape>(known: T) =>
  z.discriminatedUnion("is", [
    z.object({ is: z.literal("absent") }),
    /** `missingSince`: since when reads in a row have answered 404. */
    z.object({ is: z.literal("maybe"), since: instant, missingSince: instant.optional() }),
    z.object({ is: z.literal("known"), ...known }),
  ]);

const MACHINE_STATES = [
  "created",
  "starting",
  "started",
  "stopping",
  "stopped",
  "suspended",
  "failed",
  "changing",
  "destroying",
] as const;

const machineSchema = {
  id: z.string(),
  /** Fly's `instance_id`: changes with every update. */
  instanceId: z.string(),
  state: z.enum(MACHINE_STATES),
  /** The `configGeneration` it was made from, read back from its metadata. */
  configGeneration: generation,
  /** The newest generation whose wish for a boot it has served. */
  bootGeneration: generation,
  /** When it last started, by Fly's clock; null until seen. */
  startedAt: instant.nullable(),
  /** A boot was asked for and its answer lost: a start later than `after` proves it. */
  pendingBoot: z.object({ generation, after: instant }).nullable(),
  createdAt: instant,
  /** When we last looked; 0 means "look before you believe". */
  observedAt: instant,
  /** Since when reads answer 404. */
  missingSince: instant.nullable(),
  /** The newest exit nobody asked for, until it starts again. */
  crash: z
    .object({
      at: instant,
      exitCode: z.number().int().nullable(),
      oomKilled: z.boolean(),
      /** How many such exits Fly lists within the five minutes before it. */
      exits: z.number().int().default(1),
    })
    .nullable(),
  /** The newest exit the timeline has told of. */
  exitToldAt: instant.default(0),
  /** Why it is in state `failed`. */
  failure: z.string().nullable(),
};

/** How an update, rollback, restore or move ended. */
const outcomeSchema = z.object({
  kind: z.enum(["update", "restore", "move"]),
  generation,
  version: z.string(),
  result: z.enum(["done", "rolled_back", "superseded"]),
  reason: z.string().nullable(),
  /** The last lines of its log, redacted. */
  lines: z.array(z.string()),
  at: instant,
});

const statusSchema = z.object({
  /** The newest generation whose wish converged, was superseded or ended refused or failed; never merely seen. */
  observedGeneration: generation,
  app: resource({}),
  ip: resource({ address: z.string() }),
  /** An address that is nobody else's. */
  ownIp: resource({ address: z.string() }).default({ is: "absent" }),
  volume: resource(volumeSchema),
  /** A machine has run on the volume: from then on no empty one may ever take its place. */
  hasData: z.boolean().default(false),
  /** Where the next volume goes, when the wished region is full. */
  region: z.enum(REGION_CODES).nullable().default(null),
  regionsTried: z.array(z.enum(REGION_CODES)).default([]),
  /** The version Fly gave our secrets; null until they are surely set. */
  secretsVersion: z.number().int().nullable(),
  machine: resource(machineSchema),
  /** Our exclusive right to change a machine, while it lasts. */
  lease: z.object({ machineId: z.string(), nonce: z.string(), expiresAt: instant }).nullable().default(null),
  healthy: z.boolean(),
  /** The stretch of work under way, with its deadline. */
  step: z
    .object({
      name: z.enum(STEP_NAMES),
      generation,
      startedAt: instant,
      deadlineAt: instant,
      /** How often the deadline was put off because Fly gave no answer. */
      putOff: z.number().int().default(0),
      /** When Fly last gave no answer in this step. */
      blindAt: instant.default(0),
      /** What is known about the wait beyond the step's own words, e.g. how far an image is. */
      note: z.string().nullable(),
      notedAt: instant,
    })
    .nullable(),
  /** Why the newest intent could not be served; cleared by the next one, or when reality heals. */
  failure: z
    .object({
      generation,
      step: z.enum(STEP_NAMES),
      code: z.string(),
      reason: z.string(),
      at: instant,
      /** The last lines of its log, redacted. */
      lines: z.array(z.string()).default([]),
      /** When reality is looked at next, in case it has healed. */
      lookAt: instant.default(0),
      /** When it is tried again by itself; null: somebody must ask for it. */
      retryAt: instant.nullable().default(null),
    })
    .nullable(),
  /** Nothing is done before `until`; `count` grows the next pause and is reset by progress. */
  pause: z.object({
    until: instant,
    count: z.number().int(),
    why: z.string().nullable(),
    /** Fly gave no answer at all. */
    blind: z.boolean().default(false),
  }),
  /** Restarts after a crash, or for not answering, within the present window; too many are a crash loop. */
  crashes: z.object({ since: instant, count: z.number().int() }),
  /** Crash loops since it last ran well: each makes the pause before the next try longer. */
  crashLoops: z.number().int().default(0),
  /** Since when a machine that runs does not pass its probe. */
  unhealthySince: instant.nullable().default(null),
  /** The log's last lines, fetched when something failed; null: not asked since its last start. */
  lines: z.array(z.string()).nullable().default(null),
  /** The release that last passed its health gate. */
  good: releaseSchema.nullable().default(null),
  /** What "roll back" returns to: the release before the last update, and the snapshot taken then. */
  previous: z.object({ release: releaseSchema, snapshotId: z.string() }).nullable().default(null),
  /** Versions that failed here; they are not tried again by themselves. */
  failedVersions: z.array(z.object({ version: z.string(), at: instant, reason: z.string() })).default([]),
  /** Rollbacks since the last update that went well; too many open the breaker. */
  rollbacks: z.number().int().default(0),
  lastRollbackAt: instant.nullable().default(null),
  lastOutcome: outcomeSchema.nullable().default(null),
  /** The newest `spec.restore.generation` that was served. */
  restoredGeneration: generation.default(0),
  backups: z.array(backupSchema).default([]),
  /** When Fly's own list of snapshots was last read. */
  snapshotsSeenAt: instant.default(0),
  /** Machines that were replaced and have to go. */
  leftovers: z.array(z.object({ machineId: z.string(), asked: z.boolean(), since: instant })).default([]),
  /** Volumes that were replaced, kept until their retention ends. */
  keptVolumes: z
    .array(
      z.object({
        id: z.string(),
        region: z.string(),
        why: z.string(),
        until: instant,
        /** Told to go; forgotten once a list doesn't show it any more. */
        asked: z.boolean().default(false),
      }),
    )
    .default([]),
  /** What is used now, and what of it is to be told. */
  meter: meterSchema.default(NEW_METER),
  readyAt: instant.nullable(),
  deletedAt: instant.nullable(),
  retainedUntil: instant.nullable(),
  purgedAt: instant.nullable(),
});

export const EFFECT_KINDS = [
  "create_app",
  "assign_ip",
  "create_volume",
  "set_secrets",
  "create_machine",
  "start_machine",
  "stop_machine",
  "restart_machine",
  "update_machine",
  "delete_machine",
  "delete_volume",
  "delete_app",
  "take_lease",
  "release_lease",
  "cordon_machine",
  "uncordon_machine",
  "create_snapshot",
  "delete_leftover",
  "delete_kept_volume",
  "extend_volume",
  "update_volume",
  "assign_own_ip",
  "release_own_ip",
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

const documentSchema = z.object({
  schemaVersion: z.literal(1),
  identity: identitySchema,
  spec: specSchema,
  status: statusSchema,
  /** The one side effect in flight, on disk before its call leaves. */
  op: z
    .object({
      kind: z.enum(EFFECT_KINDS),
      generation,
      startedAt: instant,
      /** What it is done to, where the kind alone doesn't say. */
      subject: z.string().nullable().default(null),
    })
    .nullable(),
  /** The undertaking of several passes under way. */
  procedure: procedureSchema.nullable().default(null),
});

/** What stands on disk, of whatever age. */
export const stateSchema = z.preprocess(upcast, documentSchema);

export type State = z.infer<typeof documentSchema>;
export type Identity = State["identity"];
export type Spec = State["spec"];
export type Status = State["status"];
export type Failure = NonNullable<Status["failure"]>;
export type Op = NonNullable<State["op"]>;
export type Machine = Extract<Status["machine"], { is: "known" }>;
export type MachineState = Machine["state"];
export type Hold = (typeof HOLDS)[number];
export type Desired = (typeof DESIRED)[number];

export type NewDeployment = {
  identity: Identity;
  spec: Pick<Spec, "runtime" | "runtimeVersion" | "region" | "tier" | "config" | "retentionDays"> &
    Partial<Pick<Spec, "seedSnapshotId" | "secretsRevision" | "diskGb" | "terms" | "egress">>;
};

/** What was asked for may be older than disks of all sizes. */
function withDisk(spec: NewDeployment["spec"]) {
  const { diskGb = RUNTIMES[spec.runtime].volumeSizeGb } = spec;
  return { ...spec, diskGb, terms: spec.terms ?? untoldTerms({ ...spec, diskGb }) };
}

/** A deployment nobody has worked on yet: nothing exists at Fly, generation 1 wants it running. */
export const initialState = ({ identity, spec }: NewDeployment): State => ({
  schemaVersion: 1,
  identity,
  procedure: null,
  spec: {
    seedSnapshotId: null,
    egress: [],
    secretsRevision: 0,
    stagedSecrets: spec.secretsRevision ?? 0,
    ...withDisk(spec),
    diskGeneration: 0,
    generation: 1,
    configGeneration: 1,
    bootGeneration: 1,
    desired: "running",
    holds: [],
    purge: false,
    paused: false,
    restore: null,
  },
  status: {
    observedGeneration: 0,
    app: { is: "absent" },
    ip: { is: "absent" },
    ownIp: { is: "absent" },
    volume: { is: "absent" },
    hasData: false,
    region: null,
    regionsTried: [],
    secretsVersion: null,
    machine: { is: "absent" },
    lease: null,
    healthy: false,
    step: null,
    failure: null,
    pause: { until: 0, count: 0, why: null, blind: false },
    crashes: { since: 0, count: 0 },
    crashLoops: 0,
    unhealthySince: null,
    lines: null,
    good: null,
    previous: null,
    failedVersions: [],
    rollbacks: 0,
    lastRollbackAt: null,
    lastOutcome: null,
    restoredGeneration: 0,
    backups: [],
    snapshotsSeenAt: 0,
    leftovers: [],
    keptVolumes: [],
    meter: NEW_METER,
    readyAt: null,
    deletedAt: null,
    retainedUntil: null,
    purgedAt: null,
  },
  op: null,
});

/** What we drive towards: any hold turns "running" into "stopped" and leaves the wish itself alone. */
export const goalOf = (spec: Spec): Desired =>
  spec.desired === "running" && spec.holds.length > 0 ? "stopped" : spec.desired;

/** A copy with some of the status replaced. */
export const withStatus = (state: State, patch: Partial<Status>): State => ({
  ...state,
  status: { ...state.status, ...patch },
});

/** A copy with some of what is known about its machine replaced; unchanged where there is no known machine. */
export const withMachine = (state: State, patch: Partial<Machine>): State =>
  state.status.machine.is === "known"
    ? withStatus(state, { machine: { ...state.status.machine, ...patch } })
    : state;
