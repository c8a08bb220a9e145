import { SkeletonLine } from "@cloudflare/kumo";

/** Something is on its way: lines in its place, and a word for those who can't see them. */
export function Loading({ what, lines, className }: { what: string; lines: number; className: string }) {
  return (
    <div className={className}>
      <output className="sr-only">Loading {what}…</output>
      {Array.from({ length: lines }, (_, line) => (
        <SkeletonLine key={line} className={line % 2 === 0 ? "w-1/3" : "w-2/3"} />
      ))}
    </div>
  );
}
