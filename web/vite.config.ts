import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vite";

/**
 * zod brings its messages in some fifty languages, 55 kB compressed, because `z.locales` names them all. The dashboard
 * shows none of them but English, which zod imports by itself.
 */
const oneLanguage = (): Plugin => ({
  name: "launchpad:one-language",
  enforce: "pre",
  transform: {
    filter: { id: /\/zod\/v4\/locales\/index\.js$/ },
    handler: () => ({ code: `export { default as en } from "./en.js";`, map: null }),
  },
});

export default defineConfig({
  plugins: [oneLanguage(), react(), tailwindcss()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    // Every browser of that target preloads modules by itself.
    modulePreload: { polyfill: false },
  },
});
