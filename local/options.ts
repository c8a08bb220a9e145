import { parseArgs } from "node:util";

/** What `npm start --` takes. */
export type Options = {
  port: number;
  state: string;
  backend: "process" | "podman" | "stub";
  demo: boolean;
  faults: boolean;
};

const USAGE = "npm start -- [--port N] [--state DIR] [--backend process|podman|stub] [--demo] [--faults]";

const DEFAULT_PORT = 8787;
const DEFAULT_STATE = ".launchpad";

/** Throws an Error with one sentence for a person. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${values.port} is not a port. ${USAGE}`);
  const backend = values.backend ?? "process";
  if (backend !== "process" && backend !== "podman" && backend !== "stub")
    throw new Error(`There is no backend ${backend}. ${USAGE}`);
  return {
    port,
    state: values.state ?? DEFAULT_STATE,
    backend,
    demo: values.demo ?? false,
    faults: values.faults ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        state: { type: "string" },
        backend: { type: "string" },
        demo: { type: "boolean" },
        faults: { type: "boolean" },
      },
    });
  } catch (cause) {
    throw new Error(USAGE, { cause });
  }
}
