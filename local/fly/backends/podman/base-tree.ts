import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { CommandError, run } from "./shell.ts";

/**
 * The root file system machines stand on: this host's own Node, the shell and tools an assistant expects, the libraries
 * they need, and nothing else. It stands in for the Debian base of the real images, needs no registry, and is made once
 * per Node and list of programs.
 */

/** What runs as process 1: it reaps, and hands signals on, as Fly's own init does. */
export const INIT = "catatonit";

const REQUIRED = [
  INIT,
  ..."sh bash env timeout cat ls cp mv rm mkdir rmdir ln chmod touch head tail sort uniq wc tr cut".split(
    " ",
  ),
  ..."grep sed find xargs tar gzip sleep date id uname df du printf echo true false test stat".split(" "),
  ..."readlink realpath dirname basename mktemp tee seq dd yes sync setpriv prlimit awk".split(" "),
];
/** Taken along where the host has them. */
const WELCOME = [
  ..."printenv whoami hostname uname nproc tty expr paste comm split shuf base64 md5sum sha256sum od nohup".split(
    " ",
  ),
  ..."ps kill git curl nft ip unshare mount perl stdbuf which diff".split(" "),
];

/** Libraries that no program here names, and packages with native parts do. */
const PARTS_OF_LIBC =
  "librt.so.1 libresolv.so.2 libutil.so.1 libanl.so.1 libnss_files.so.2 libnss_dns.so.2".split(" ");

const DIRECTORIES = [
  ..."usr/bin usr/lib usr/lib64 usr/local/bin etc/ssl/certs proc sys dev run/machine var/tmp tmp".split(" "),
  ..."data home/node root opt/runtime/node_modules opt/overlay".split(" "),
];
/** Mount points of Podman's own: without them it would want to write into a root that isn't its to write. */
const EMPTY_FILES = ["etc/hosts", "etc/hostname", "run/.containerenv"];
const CERTIFICATES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

const TEXTS: Readonly<Record<string, string>> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
  "etc/group": "root:x:0:\nnode:x:1000:\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  "etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n",
};

/** Bump when what is in the tree changes in another way than by its lists. */
const RECIPE = 6;

function locate(program: string): string | null {
  const dirs = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
  const found = dirs.map((dir) => join(dir, program)).find((path) => existsSync(path));
  return found ?? null;
}

/** The shared libraries a program names, as absolute paths of this host; none for a static one. */
async function librariesOf(file: string): Promise<string[]> {
  try {
    const text = await run("ldd", [file]);
    return [...text.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].flatMap(([, path]) => path ?? []);
  } catch (error) {
    if (error instanceof CommandError && error.code === 1) return [];
    throw error;
  }
}

async function build(tree: string, programs: readonly { name: string; file: string }[]): Promise<void> {
  for (const dir of DIRECTORIES) await mkdir(join(tree, dir), { recursive: true });
  for (const link of ["bin", "sbin", "lib", "lib64"])
    await symlink(link === "sbin" ? "usr/bin" : `usr/${link}`, join(tree, link));
  // A memory file system that is mounted over one of these takes its mode.
  for (const dir of ["tmp", "var/tmp", "home/node"]) await chmod(join(tree, dir), 0o1777);
  const libraries = new Set<string>();
  for (const { name, file } of programs) {
    await copyFile(file, join(tree, "usr/bin", name));
    for (const library of await librariesOf(file)) libraries.add(library);
  }
  const libc = [...libraries].find((path) => basename(path) === "libc.so.6");
  for (const name of PARTS_OF_LIBC) {
    const path = join(dirname(libc ?? "/lib/libc.so.6"), name);
    if (existsSync(path)) libraries.add(path);
  }
  // stdbuf works by a library that it preloads itself.
  const stdbuf = "/usr/libexec/coreutils/libstdbuf.so";
  if (existsSync(stdbuf)) libraries.add(stdbuf);
  for (const library of libraries) {
    // `/lib` is a link on the host as it is here.
    await mkdir(join(tree, dirname(library)), { recursive: true });
    await copyFile(await realpath(library), join(tree, library));
  }
  for (const [path, text] of Object.entries(TEXTS)) await writeFile(join(tree, path), text);
  for (const path of EMPTY_FILES) await writeFile(join(tree, path), "");
  const certificates = CERTIFICATES.find((path) => existsSync(path));
  if (certificates !== undefined) await cp(certificates, join(tree, "etc/ssl/certs/ca-certificates.crt"));
}

/** Makes the tree unless it is there; answers where it is. Throws a sentence when the host lacks a program. */
export async function prepareBaseTree(cacheDir: string): Promise<string> {
  const all = [...REQUIRED, ...WELCOME].map((name) => ({ name, file: locate(name) }));
  const missing = all.filter(({ name, file }) => file === null && REQUIRED.includes(name));
  if (missing.length > 0)
    throw new Error(`This computer lacks ${missing.map(({ name }) => name).join(", ")}.`);
  const found = await Promise.all(
    all.flatMap(({ name, file }) =>
      file === null ? [] : realpath(file).then((real) => ({ name, file: real })),
    ),
  );
  const programs = [...found, { name: "node", file: await realpath(process.execPath) }];
  const names = programs.map(({ name }) => name).join();
  const key = createHash("sha256").update(`${RECIPE} ${process.version} ${names}`).digest("hex");
  const target = join(cacheDir, "podman", `base-${process.version}-${key.slice(0, 12)}`);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const partial = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const tree = join(partial, "tree");
    await build(tree, programs);
    await rename(tree, target);
  } catch (error) {
    // Another server was faster: what has the name is whole.
    if (!existsSync(target)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return target;
}
