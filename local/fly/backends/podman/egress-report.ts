import type { EgressReport } from "../../../../images/agent/confine/index.ts";

const PLACES_MAX = 5;

/** What was refused, in a line for the machine's log; null while nothing was. */
export function egressReportLine({ names, tls, packets }: EgressReport): string | null {
  const refused = Object.entries(packets.refused).filter(([, count]) => count > 0);
  const places = packets.destinations.map(({ address, protocol, port }) => `${protocol} ${address}:${port}`);
  const parts = [
    ...counted("names", names.refused),
    ...counted("servers", tls.refused),
    ...counted("names with special addresses", names.special),
    ...(refused.length > 0
      ? [`packets ${refused.map(([why, count]) => `${why} ${count}`).join(", ")} (${few(places)})`]
      : []),
  ];
  return parts.length === 0 ? null : `[confinement] refused: ${parts.join("; ")}`;
}

function counted(what: string, tally: EgressReport["tls"]["refused"]): string[] {
  return tally.total === 0 ? [] : [`${tally.total} ${what} (${few(tally.names.map(({ name }) => name))})`];
}

const few = (words: readonly string[]): string =>
  words.length > PLACES_MAX ? `${words.slice(0, PLACES_MAX).join(", ")}, …` : words.join(", ");
