import { parseArgs } from "node:util";
import type { Options } from "../../../local/options.ts";

/** `--backend process|podman` of a test that runs real gateways. */
export function backendOption(): Options["backend"] {
  const { values } = parseArgs({ options: { backend: { type: "string", default: "process" } } });
  if (values.backend !== "process" && values.backend !== "podman")
    throw new Error(`There is no backend ${values.backend} with real gateways: process or podman.`);
  return values.backend;
}
