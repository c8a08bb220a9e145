import { idSuffix } from "../ids.ts";
import type { Identity } from "./state.ts";

/**
 * What things are called at Fly. Every name or metadata says which control plane and which deployment a resource
 * belongs to, so that a lost id can be found again and a stranger's resource is never touched.
 */

/**
 * Fly app names are one global namespace: the ULID makes ours unguessable and unique. The app's private network, which
 * it can never change (superfly/docs networking/custom-private-networks), bears the same name.
 */
export const appName = ({ id, controlPlaneId }: Identity): string => `lp-${controlPlaneId}-${idSuffix(id)}`;

/** At most 30 characters of `a-z0-9_` at Fly: three for the control plane, one underscore, 26 for the ULID. */
export const volumeName = ({ id, controlPlaneId }: Identity): string => `${controlPlaneId}_${idSuffix(id)}`;

/** Unique in its app, one for each volume: Fly itself then refuses a second machine for the same state. */
export const machineName = (volumeId: string): string => `on-${volumeId.replaceAll("_", "-")}`;

export const METADATA = {
  controlPlane: "control_plane_id",
  deployment: "deployment_id",
  /** The `configGeneration` a machine was made from. */
  generation: "launchpad_generation",
} as const;

/** `CONTROL_PLANE_ID` is three of these, so that it fits into volume names. */
export const CONTROL_PLANE_ID = /^[a-z][a-z0-9]{2}$/;
