// A gateway with the habits of real ones, chosen by words on its command line; it tells what it was started with.
import { spawn } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const habits = process.argv.slice(2);
const { GATEWAY_PORT, GATEWAY_CONFIG, GATEWAY_REPORT } = process.env;
const has = (habit) => habits.includes(habit);
const exitWith = habits.find((habit) => habit.startsWith("exit-"))?.slice("exit-".length);

if (GATEWAY_REPORT)
  writeFileSync(
    GATEWAY_REPORT,
    JSON.stringify({
      env: process.env,
      pid: process.pid,
      uid: process.getuid(),
      config: readFileSync(GATEWAY_CONFIG, "utf8"),
      mode: statSync(GATEWAY_CONFIG).mode & 0o777,
      owner: statSync(GATEWAY_CONFIG).uid,
    }),
  );
if (exitWith !== undefined) process.exit(Number(exitWith));

// A child that leads a group of its own, holds the port, and cares for no signal.
if (has("leaves-child")) {
  const child = spawn(process.execPath, [import.meta.filename, "serve", "stubborn"], {
    detached: true,
    stdio: "ignore",
    env: has("clean-child")
      ? { GATEWAY_PORT, PATH: process.env.PATH }
      : { ...process.env, GATEWAY_REPORT: "" },
  });
  child.unref();
} else {
  createServer((request, response) => {
    if (request.url === "/crash") process.exit(3);
    response.statusCode = request.url === "/startupz" && has("never-starts") ? 503 : 200;
    response.end(JSON.stringify({ url: request.url, headers: request.headers, pid: process.pid }));
  }).listen(Number(GATEWAY_PORT), "127.0.0.1");
}
process.on("SIGTERM", () => {
  if (has("stubborn")) return;
  console.log("finishing");
  setTimeout(() => process.exit(0), 50);
});
setInterval(() => undefined, 1_000);
