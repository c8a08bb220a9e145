import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vite";

/**
 * Fits zod to a browser. It brings its messages in some fifty languages, 55 kB compressed, because `z.locales` names
 * them all; none is shown here. And it compiles schemas with `new Function`, which the content security policy forbids;
 * its own switch for that has to be set before the first schema is made, which no order of our imports can promise.
 */
const zodForBrowsers = (): Plugin => ({
  name: "launchpad:zod-for-browsers",
  enforce: "pre",
  transform: {
    filter: { id: /\/zod\/v4\/(locales\/index|core\/core)\.js$/ },
    handler(code, id) {
      if (id.endsWith("/locales/index.js"))
        return { code: `export { default as en } from "./en.js";`, map: null };
      const switched = code.replace("__zod_globalConfig = {}", "__zod_globalConfig = { jitless: true }");
      if (switched === code) throw new Error("zod keeps its configuration elsewhere now; see zodForBrowsers");
      return { code: switched, map: null };
    },
  },
});

export default defineConfig({
  plugins: [zodForBrowsers(), react(), tailwindcss()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // Every browser of that target preloads modules by itself.
    modulePreload: { polyfill: false },
  },
});
