import { appName } from "./names.ts";
import type { State } from "./state.ts";

/** Something at Fly that may be a deployment's. */
export type Resource = { kind: "app" | "machine" | "volume"; id: string; app: string };

/**
 * Whether a deployment surely has nothing to do with a resource. In doubt it is its own: while a create may have
 * happened everything in its app is, and an id that stands anywhere in its document is.
 */
export function disowns(state: State, { kind, id, app }: Resource): boolean {
  const { identity, status } = state;
  if (app !== appName(identity)) return true;
  if (status.purgedAt !== null) return true;
  if (kind === "app") return false;
  const isInDoubt = [status.app, status.volume, status.machine].some(({ is }) => is === "maybe");
  return !isInDoubt && !JSON.stringify(state).includes(JSON.stringify(id));
}
