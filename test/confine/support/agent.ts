import { confine, type Confinement, type ConfineOptions } from "../../../images/agent/confine/index.ts";
import type { Policy } from "../../../images/agent/contract/policy.ts";
import { serveLines } from "./serve-lines.mjs";

/** The part of the agent that confines, as root in the machine, told what to do by a test. */
let confinement: Confinement | null = null;
const current = (): Confinement => {
  if (confinement === null) throw new Error("It isn't confined.");
  return confinement;
};

serveLines({
  confine: async ({ options }: { options: ConfineOptions }) => {
    confinement = await confine(options);
  },
  update: ({ policy }: { policy: Policy }) => current().update(policy),
  read: () => current().read(),
});
