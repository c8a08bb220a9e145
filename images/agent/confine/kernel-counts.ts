import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { REFUSALS, type Refusal, TABLE } from "./rules.ts";

/** What the packet filter has refused. */
export type KernelCounts = {
  refused: Readonly<Record<Refusal, number>>;
  /** Where to, of the last ten minutes; a bounded number of places. */
  destinations: readonly { address: string; protocol: string; port: number; packets: number }[];
};

const run = promisify(execFile);

type Listed = {
  nftables: readonly {
    counter?: { name: string; packets: number };
    set?: {
      name: string;
      elem?: readonly {
        elem?: { val: { concat: [string, string, number] }; counter?: { packets: number } };
      }[];
    };
  }[];
};

export async function readKernelCounts(program = "nft"): Promise<KernelCounts> {
  // Our own table in nft's own format (libnftables-json(5)).
  const { stdout } = await run(program, ["-j", "list", "table", ...TABLE.split(" ")], {
    maxBuffer: 16 * 1024 ** 2,
  });
  const { nftables } = JSON.parse(stdout) as Listed;
  const packets = new Map(
    nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, counter.packets]])),
  );
  const denied = nftables.flatMap(({ set }) =>
    set?.name.startsWith("denied") === true ? (set.elem ?? []) : [],
  );
  return {
    refused: Object.fromEntries(REFUSALS.map((why) => [why, packets.get(`refused_${why}`) ?? 0])) as Record<
      Refusal,
      number
    >,
    destinations: denied.flatMap(({ elem }) => {
      if (elem === undefined) return [];
      const [address, protocol, port] = elem.val.concat;
      return [{ address, protocol, port, packets: elem.counter?.packets ?? 0 }];
    }),
  };
}
