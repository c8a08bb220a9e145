import { isBuiltin } from "node:module";
import path from "node:path";
import type { Plugin } from "esbuild";
import { build } from "esbuild";

/**
 * How Node is started for the agent, which is to stay near an idle Node's size also under load: a heap this small needs
 * no threads of its own and may be collected often. Without the two optimising compilers it is 5 MB smaller and passes a
 * quarter less at saturation, where one person's assistant never is.
 */
export const AGENT_NODE_FLAGS: readonly string[] = [
  "--single-threaded",
  "--max-semi-space-size=1",
  "--heap-growing-percent=10",
  "--no-opt",
  "--no-maglev",
];

/**
 * Takes Node's own modules as they are instead of importing them: an `import` of `node:http` looks at every one of its
 * exports, and some of those load a whole HTTP client and more, 15 MB that nobody uses (Node 26.10).
 */
const builtins: Plugin = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    // Older packages name them without the prefix.
    onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path: name }) =>
      isBuiltin(name) ? { path: name.replace(/^(node:)?/, "node:"), namespace: "builtin" } : null,
    );
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: name }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`,
      loader: "js",
    }));
  },
};

/** The agent as one file that needs nothing beside it but Node. */
export async function bundleAgent(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, "main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    plugins: [builtins],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("The agent's bundle is empty.");
  return file.text;
}
