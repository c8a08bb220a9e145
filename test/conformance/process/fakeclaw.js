// A runtime with the habits that make real ones hard to stop (facts/openclaw-runtime.md section 3): a launcher, and a
// gateway in a process group of its own that goes on serving its port when the launcher is killed.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { fileURLToPath } from "node:url";

const [command, ...args] = process.argv.slice(2);
const { FAKE_PORT, FAKE_STATE } = process.env;

function launch() {
  const self = fileURLToPath(import.meta.url);
  const gateway = spawn(process.execPath, [self, "serve", ...args], { detached: true, stdio: "inherit" });
  process.on("SIGTERM", () => gateway.kill("SIGTERM"));
  gateway.on("exit", (code) => process.exit(code ?? 1));
}

function serve() {
  console.log(
    JSON.stringify({ time: new Date().toISOString(), level: "info", subsystem: "gateway", message: "ready" }),
  );
  console.log(JSON.stringify({ level: "warn", message: "a warning" }));
  console.log("\u001B[31mTypeError: plain text\u001B[0m");
  let ticks = 0;
  if (FAKE_STATE) {
    setInterval(() => {
      appendFileSync(FAKE_STATE, `${(ticks += 1)}\n`);
      console.log(`tick ${ticks}`);
    }, 20);
  }
  createServer((_request, response) => {
    response.end(
      JSON.stringify({ env: process.env, args, cwd: process.cwd(), pid: process.pid, ppid: process.ppid }),
    );
  }).listen(Number(FAKE_PORT), "127.0.0.1");
  process.on("SIGTERM", () => {
    if (process.env.FAKE_STUBBORN !== "1") process.exit(0);
  });
}

/** Says to whoever connects that it is here. */
function greet() {
  createTcpServer((socket) => socket.end("here")).listen(Number(args[0]), "::");
}

/** Says what it hears at an address, again and again. */
function ask() {
  const [host, port] = args;
  setInterval(() => {
    const socket = connect(Number(port), host);
    socket.on("data", (heard) => console.log(`heard: ${heard.toString()}`));
    socket.on("error", ({ code }) => console.log(`heard: ${code}`));
  }, 500);
}

function say() {
  const input = readFileSync(0, "utf8");
  console.log(JSON.stringify({ args, input, env: process.env }));
  console.error("to stderr");
}

function write() {
  const [path, text] = args;
  writeFileSync(path, text);
}

switch (command) {
  case "gateway":
    launch();
    break;
  case "serve":
    serve();
    break;
  case "greet":
    greet();
    break;
  case "ask":
    ask();
    break;
  case "say":
    say();
    break;
  case "write":
    write();
    break;
  case "read":
    process.stdout.write(existsSync(args[0]) ? readFileSync(args[0]) : "");
    break;
  case "hang":
    setInterval(() => {}, 1000);
    break;
  default:
    process.exit(3);
}
