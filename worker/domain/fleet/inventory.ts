import { METADATA } from "../deployment/names.ts";

/** What exists at Fly in the whole organisation, ours and others'. Instants are epoch ms. */
export type FleetMachine = {
  id: string;
  app: string;
  state: string;
  instanceId: string;
  updatedAt: number;
  createdAt: number;
  metadata: Readonly<Record<string, string>>;
};

export type FleetVolume = {
  id: string;
  app: string;
  name: string;
  state: string;
  attachedTo: string | null;
  createdAt: number;
};

export type FleetApp = { name: string };

export type FleetPage<T> = { items: readonly T[]; next: string | null };

/** Our apps are called `lp-<control plane>-<ulid>` (`deployment/names.ts`). */
const APP_NAME = /^lp-([a-z][a-z0-9]{2})-([0-7][0-9a-hjkmnp-tv-z]{25})$/;

export type Owner =
  /** Ours: this deployment's, if it knows of it. */
  | { is: "ours"; deploymentId: string }
  /** Another control plane's: staging beside production. */
  | { is: "foreign"; controlPlaneId: string }
  /** Not named by any of us. */
  | { is: "unknown" };

export function ownerOfApp(app: string, controlPlaneId: string): Owner {
  const [, plane, suffix] = APP_NAME.exec(app) ?? [];
  if (plane === undefined || suffix === undefined) return { is: "unknown" };
  return plane === controlPlaneId
    ? { is: "ours", deploymentId: `dep_${suffix}` }
    : { is: "foreign", controlPlaneId: plane };
}

/** By its metadata, and by its app where the metadata isn't there: a host that is away doesn't show it. */
export function ownerOfMachine({ app, metadata }: FleetMachine, controlPlaneId: string): Owner {
  const plane = metadata[METADATA.controlPlane];
  const deploymentId = metadata[METADATA.deployment];
  if (plane === undefined || deploymentId === undefined) return ownerOfApp(app, controlPlaneId);
  return plane === controlPlaneId ? { is: "ours", deploymentId } : { is: "foreign", controlPlaneId: plane };
}
