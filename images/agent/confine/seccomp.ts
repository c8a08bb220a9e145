/**
 * The filter on system calls that a gateway and all it starts run under, as a program for the kernel (seccomp(2)). It
 * takes away what an assistant has no use for and what holes in kernels are found behind: name spaces, mounts, modules,
 * tracing, keys, raw packets, asynchronous rings. A list of what is refused and not of what is allowed, because the
 * runtimes start programs of their customers' choice. Pure.
 */
export type Architecture = "x64" | "arm64";

type Numbers = {
  arch: number;
  prctl: number;
  seccomp: number;
  socket: number;
  clone: number;
  refused: readonly number[];
};

/** In this order of names: [x64, arm64]; null where an architecture hasn't got it. From the kernel's own tables. */
const REFUSED: Readonly<Record<string, readonly [number | null, number | null]>> = {
  ptrace: [101, 117],
  syslog: [103, 116],
  personality: [135, 92],
  pivot_root: [155, 41],
  adjtimex: [159, 171],
  chroot: [161, 51],
  acct: [163, 89],
  settimeofday: [164, 170],
  mount: [165, 40],
  umount2: [166, 39],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  iopl: [172, null],
  ioperm: [173, null],
  init_module: [175, 105],
  delete_module: [176, 106],
  quotactl: [179, 60],
  lookup_dcookie: [212, 18],
  clock_settime: [227, 112],
  kexec_load: [246, 104],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  unshare: [272, 97],
  move_pages: [279, 239],
  perf_event_open: [298, 241],
  fanotify_init: [300, 262],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  clock_adjtime: [305, 266],
  setns: [308, 268],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  finit_module: [313, 273],
  kexec_file_load: [320, 294],
  bpf: [321, 280],
  userfaultfd: [323, 282],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  pidfd_getfd: [438, 438],
  mount_setattr: [442, 442],
  quotactl_fd: [443, 443],
};

/** Not there, as on an older kernel, so that libraries take the way they had before. */
const ABSENT = { io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427, clone3: 435 } as const;

const NUMBERS: Readonly<Record<Architecture, Numbers>> = {
  x64: numbersOf(0, { arch: 0xc000_003e, prctl: 157, seccomp: 317, socket: 41, clone: 56 }),
  arm64: numbersOf(1, { arch: 0xc000_00b7, prctl: 167, seccomp: 277, socket: 198, clone: 220 }),
};

function numbersOf(column: 0 | 1, rest: Omit<Numbers, "refused">): Numbers {
  return { ...rest, refused: Object.values(REFUSED).flatMap((pair) => pair[column] ?? []) };
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
const SOCK_RAW = 3;
const SOCK_TYPE_MASK = 0xf;
/** unix, inet, inet6, netlink: the last lists interfaces. */
const FAMILIES = [1, 2, 10, 16];
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e02_0000;
/** Calls of the x32 ABI carry this bit and would be other numbers for the same thing. */
const X32_BIT = 0x4000_0000;

// Instructions of classic BPF, and where struct seccomp_data has what is looked at.
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const JUMP_SET = 0x45;
const RETURN = 0x06;
const AT = { number: 0, arch: 4, firstArgument: 16, secondArgument: 24 } as const;
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, value: number];

const refuse = (errno: number): Instruction => [RETURN, 0, 0, ERRNO | errno];
const load = (offset: number): Instruction => [LOAD, 0, 0, offset];
const allow: Instruction = [RETURN, 0, 0, ALLOW];
/** Refuses when the loaded word equals a value. */
const refuseEqual = (value: number, errno: number): Instruction[] => [
  [JUMP_EQUAL, 0, 1, value],
  refuse(errno),
];
/** Runs a block, which must not fall through, when the number of the call is this one. */
const when = (number: number, block: readonly Instruction[]): Instruction[] => [
  [JUMP_EQUAL, 0, block.length, number],
  ...block,
];

/** The filter as the kernel takes it: eight bytes an instruction. */
export function compileFilter(architecture: Architecture): Buffer {
  const { arch, refused, socket, clone } = NUMBERS[architecture];
  const program: Instruction[] = [
    load(AT.arch),
    [JUMP_EQUAL, 1, 0, arch],
    refuse(ENOSYS),
    load(AT.number),
    [JUMP_GREATER_EQUAL, 0, 1, X32_BIT],
    refuse(ENOSYS),
    ...refused.flatMap((number) => refuseEqual(number, EPERM)),
    ...Object.values(ABSENT).flatMap((number) => refuseEqual(number, ENOSYS)),
    ...when(clone, [load(AT.firstArgument), [JUMP_SET, 0, 1, NEW_NAMESPACES], refuse(EPERM), allow]),
    ...when(socket, [
      load(AT.secondArgument),
      [AND, 0, 0, SOCK_TYPE_MASK],
      // Netlink sockets are raw by their nature: the kind of socket counts only for families that have packets.
      [JUMP_EQUAL, 0, 3, SOCK_RAW],
      load(AT.firstArgument),
      [JUMP_EQUAL, 1, 0, 16],
      refuse(EPERM),
      load(AT.firstArgument),
      ...FAMILIES.flatMap((family): Instruction[] => [[JUMP_EQUAL, 0, 1, family], allow]),
      refuse(EAFNOSUPPORT),
    ]),
    allow,
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [i, [code, jumpTrue, jumpFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(jumpTrue, i * 8 + 2);
    bytes.writeUInt8(jumpFalse, i * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, i * 8 + 4);
  }
  return bytes;
}

/**
 * Puts the filter on and becomes the command: in Perl, which every Debian has, because neither Node nor util-linux 2.38
 * can, and a program that stays between (bubblewrap) would swallow signals meant for the gateway.
 */
export function filterLoader(architecture: Architecture): string {
  const { prctl, seccomp } = NUMBERS[architecture];
  return [
    "open my $f, '<:raw', shift or die qq(no filter: $!\\n);",
    "my $p = do { local $/; <$f> }; close $f;",
    // struct sock_fprog: the number of instructions, and where they are.
    "my $prog = pack('S x![P] P', length($p) / 8, $p);",
    `syscall(${prctl}, 38, 1, 0, 0, 0) == 0 or die qq(no_new_privs: $!\\n);`,
    `syscall(${seccomp}, 1, 0, $prog) == 0 or die qq(seccomp: $!\\n);`,
    "exec { $ARGV[0] } @ARGV or die qq($ARGV[0]: $!\\n);",
  ].join(" ");
}
