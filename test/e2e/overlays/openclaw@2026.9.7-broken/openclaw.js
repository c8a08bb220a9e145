import { readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Every file of the state is overwritten, as a migration gone wrong would; then exit code 78, as upstream's own refusal. */
function spoil(directory) {
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    if (statSync(file).isDirectory()) spoil(file);
    else writeFileSync(file, "spoilt by 2026.9.7-broken\n");
  }
}

const state = process.env.OPENCLAW_STATE_DIR;
console.error("2026.9.7-broken: migrating state");
spoil(state);
writeFileSync(path.join(state, "migrated-by-2026.9.7-broken"), "");
console.error("2026.9.7-broken: the state can't be read: refusing to start");
process.exit(78);
