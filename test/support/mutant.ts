import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Plugin } from "esbuild";

/**
 * A small change to one source file of a temporary build, found by its exact text, which must be there exactly once. It
 * proves that a test can fail; the product itself knows nothing of it.
 */
export type Mutation = { name: string; file: string; find: string; replace: string };

const ROOT = path.resolve(import.meta.dirname, "../..");

export function mutant({ name, file, find, replace }: Mutation): Plugin {
  const target = path.join(ROOT, file);
  return {
    name: "mutant",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== target) return undefined;
        const source = await readFile(target, "utf8");
        if (source.split(find).length !== 2)
          throw new Error(`"${name}": the text to change is not exactly once in ${file}.`);
        return { contents: source.replace(find, () => replace), loader: "ts" };
      });
    },
  };
}
