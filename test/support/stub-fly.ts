import path from "node:path";
import { startChild } from "../../local/process/child.ts";

/** The local Fly with stub machines, as a process of its own; with what a Worker needs to reach it (`vars.ts`). */
export async function startStubFly(options: { directory: string; token: string; org: string }) {
  const { directory, token, org } = options;
  const child = await startChild({
    name: "The local Fly",
    program: path.resolve(import.meta.dirname, "../../local/fly/main.ts"),
    args: ["--state-dir", directory, "--backend", "stub", "--org", org],
    env: { FLY_API_TOKEN: token },
    onLine: (line) => console.error(line),
    onGivenUp: (reason) => console.error(reason),
  });
  return {
    url: child.listening["fly"] ?? "",
    appsUrl: child.listening["flyApps"] ?? "",
    token,
    org,
    stop: () => child.stop(),
  };
}
