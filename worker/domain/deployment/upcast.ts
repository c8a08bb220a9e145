import { RUNTIMES } from "../runtimes/index.ts";
import type { RuntimeId } from "../runtimes/descriptor.ts";
import { untoldTerms } from "./terms.ts";

/**
 * Documents from before tier and disk could change (2026-11): each release was of the one tier there was, the disk has
 * the size its volume has, and nobody had told them any terms.
 */
export function upcast(document: unknown): unknown {
  if (!isRecord(document) || !isRecord(document["spec"]) || !isRecord(document["status"])) return document;
  const { spec, status, procedure } = document;
  if (spec["terms"] !== undefined) return document;
  const { tier } = spec;
  const release = (value: unknown): unknown => (isRecord(value) ? { tier, ...value } : value);
  const within = (value: unknown, ...names: readonly string[]): unknown =>
    isRecord(value)
      ? { ...value, ...Object.fromEntries(names.map((name) => [name, release(value[name])])) }
      : value;
  const volume = status["volume"];
  const sizeGb = isRecord(volume) && typeof volume["sizeGb"] === "number" ? volume["sizeGb"] : 0;
  const runtime = RUNTIMES[spec["runtime"] as RuntimeId] as (typeof RUNTIMES)[RuntimeId] | undefined; // Not parsed yet.
  const diskGb = Math.max(sizeGb, runtime?.volumeSizeGb ?? 0);
  const retentionDays = typeof spec["retentionDays"] === "number" ? spec["retentionDays"] : 0;
  return {
    ...document,
    spec: { ...spec, diskGb, terms: untoldTerms({ retentionDays, diskGb }) },
    status: { ...status, good: release(status["good"]), previous: within(status["previous"], "release") },
    procedure: within(procedure, "target", "was"),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
