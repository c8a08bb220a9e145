import type { Deployment } from "../../../worker/contract/deployments.ts";
import type { Catalog } from "../../../worker/contract/catalog.ts";

export type Phase = Deployment["phase"];
export type Action = Deployment["actions"][number];
export type Tone = "good" | "busy" | "uneasy" | "bad" | "quiet";

/** How a phase looks. `busy` moves: somebody is working on it. */
export function toneOf(phase: Phase): Tone {
  switch (phase) {
    case "ready":
      return "good";
    case "provisioning":
    case "starting":
    case "restarting":
    case "updating":
    case "growing":
    case "restoring":
    case "stopping":
    case "deleting":
      return "busy";
    case "recovering":
    case "rolling_back":
    case "paused":
      return "uneasy";
    case "failed":
      return "bad";
    case "stopped":
    case "deleted":
      return "quiet";
  }
}

/** A phase as people read it. */
export const phaseWords = (phase: Phase): string => phase.replaceAll("_", " ");

/** Phases in which something is under way. */
export const isUnderWay = (phase: Phase): boolean => {
  const tone = toneOf(phase);
  return tone === "busy" || tone === "uneasy";
};

/** The action a phase is the answer to: its button shows that it has been heard. */
export function actionUnderWay(phase: Phase): Action | null {
  switch (phase) {
    case "restarting":
      return "restart";
    case "stopping":
      return "stop";
    case "starting":
      return "start";
    case "deleting":
      return "delete";
    case "provisioning":
    case "updating":
    case "growing":
    case "rolling_back":
    case "restoring":
    case "recovering":
    case "paused":
    case "ready":
    case "stopped":
    case "deleted":
    case "failed":
      return null;
  }
}

export const runtimeTitle = (catalog: Catalog | undefined, { runtime }: Deployment): string =>
  catalog?.runtimes.find(({ id }) => id === runtime)?.title ?? runtime;

export const regionTitle = (catalog: Catalog | undefined, { region }: Deployment): string =>
  catalog?.regions.find(({ code }) => code === region)?.title ?? region;

export const hostOf = ({ url }: Deployment): string => (URL.canParse(url) ? new URL(url).host : url);
