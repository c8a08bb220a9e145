import { build, stop } from "esbuild";
import type { Plugin } from "esbuild";

/** Packages the way `wrangler deploy` does: one ES module, workerd's export conditions, platform modules left out. */
export async function bundleWorker(entryPoint: string, plugins: Plugin[] = []): Promise<string> {
  const result = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*", "node:*"],
    sourcemap: "inline",
    logLevel: "silent",
    plugins,
  });
  // Its service is a process of its own and would outlive its use.
  await stop();
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`Nothing came out of bundling ${entryPoint}.`);
  return output.text;
}
