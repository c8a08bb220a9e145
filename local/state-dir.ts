import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

/**
 * What `--state` holds. Ports and the local Fly's token are kept with it: machines remember addresses, and a second
 * start has to go on where the first stopped.
 */
const newKek = (): string => randomBytes(32).toString("base64");

const newWebhookSecret = (): string => `whsec_${randomBytes(24).toString("hex")}`;

/** What the door of this computer signs with, as `DOOR_SIGNING_KEYS` wants it. */
function newDoorKeys(): string {
  const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return JSON.stringify([{ kty, crv, x, d, kid: randomBytes(8).toString("hex") }]);
}

const settingsSchema = z.object({
  flyToken: z.string(),
  /** Enrols the operator; made at once for a directory that is older than it. */
  operatorToken: z.string().default(() => randomBytes(32).toString("base64url")),
  /** The key-encryption key of this computer's vault. */
  kek: z.string().default(newKek),
  doorKeys: z.string().default(newDoorKeys),
  /** What the local Stripe signs its webhooks with. */
  stripeWebhookSecret: z.string().default(newWebhookSecret),
  ports: z.object({
    mail: z.number(),
    clock: z.number(),
    model: z.number(),
    fly: z.number(),
    flyApps: z.number(),
    vendors: z.number().default(0),
    stripe: z.number().default(0),
  }),
});
export type Settings = z.infer<typeof settingsSchema>;

export class StateDir {
  readonly path: string;
  settings: Settings;

  private constructor(directory: string, settings: Settings) {
    this.path = directory;
    this.settings = settings;
  }

  /** Throws an Error with one sentence for a person. */
  static async open(directory: string): Promise<StateDir> {
    const absolute = path.resolve(directory);
    try {
      await mkdir(absolute, { recursive: true });
      return new StateDir(absolute, await readSettings(path.join(absolute, "settings.json")));
    } catch (cause) {
      throw new Error(`The state directory ${absolute} can't be used: ${reason(cause)}.`, { cause });
    }
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  async remember(settings: Settings): Promise<void> {
    this.settings = settings;
    await writePrivately(this.file("settings.json"), settings);
  }
}

/** Readable by its owner alone. */
export async function writePrivately(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}

async function readSettings(file: string): Promise<Settings> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text !== null) return settingsSchema.parse(JSON.parse(text));
  const fresh: Settings = {
    flyToken: `local_${randomBytes(32).toString("base64url")}`,
    operatorToken: randomBytes(32).toString("base64url"),
    kek: newKek(),
    doorKeys: newDoorKeys(),
    stripeWebhookSecret: newWebhookSecret(),
    ports: { mail: 0, clock: 0, model: 0, fly: 0, flyApps: 0, vendors: 0, stripe: 0 },
  };
  await writePrivately(file, fresh);
  return fresh;
}

const reason = (error: unknown): string => {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return "its settings.json is damaged";
  return error instanceof Error ? error.message : String(error);
};
