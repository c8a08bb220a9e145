import type { Addresses } from "./launchpad.ts";

/** The local Fly, spoken to as an operator would, behind the product's back. */
export type FlyMachine = { id: string; name: string; state: string };
type ExecResult = { exit_code: number; stdout: string; stderr: string };

export function flyClient({ fly, flyApps, flyToken, flyOrg }: Addresses) {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${fly}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${flyToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T; // The local Fly, pinned by its conformance tests.
  }
  const machines = (app: string) => call<FlyMachine[]>("GET", `/apps/${app}/machines`);
  return {
    machines,
    /** All machines of the organisation that exist. */
    allMachines: async (): Promise<FlyMachine[]> =>
      (await call<{ machines: FlyMachine[] }>("GET", `/orgs/${flyOrg}/machines`)).machines,
    /** All volumes of the organisation, and all apps. */
    allVolumes: async (): Promise<readonly { id: string; state: string }[]> =>
      (await call<{ volumes: { id: string; state: string }[] }>("GET", `/orgs/${flyOrg}/volumes`)).volumes,
    allApps: async (): Promise<readonly { name: string }[]> =>
      (await call<{ apps: { name: string }[] }>("GET", `/apps?org_slug=${flyOrg}`)).apps,
    onlyMachine: async (app: string): Promise<FlyMachine> => {
      const [machine, ...others] = await machines(app);
      if (machine === undefined || others.length > 0)
        throw new Error(`${app} has ${others.length + 1} machines.`);
      return machine;
    },
    /** What a command inside the machine prints; throws with its complaint when it fails. */
    exec: async (app: string, id: string, command: readonly string[], stdin?: string): Promise<string> => {
      const path = `/apps/${app}/machines/${id}/exec`;
      const result = await call<ExecResult>("POST", path, { command, stdin, timeout: 60 });
      if (result.exit_code !== 0) throw new Error(`${command.join(" ")}: ${result.stderr}`);
      return result.stdout;
    },
    /** Asks a machine's own service through Fly Proxy. */
    ask: (id: string, path: string): Promise<Response> =>
      fetch(`${flyApps}${path}`, { headers: { "fly-force-instance-id": id } }),
  };
}

export const appOf = (deploymentId: string): string => `lp-lcl-${deploymentId.slice("dep_".length)}`;

/** Throws when a machine says anything at all, at its own name, to who doesn't come through the door. */
export async function showsNothing(fly: ReturnType<typeof flyClient>, machineId: string): Promise<void> {
  for (const path of [
    "/",
    "/health",
    "/tools/invoke",
    "/__openclaw/control-ui-config.json",
    "/no-such-thing",
  ]) {
    const answer = await fly.ask(machineId, path);
    const text = await answer.text();
    if (answer.status !== 404 || text !== "")
      throw new Error(`${path} answers ${answer.status}: ${text.slice(0, 100)}`);
  }
}
