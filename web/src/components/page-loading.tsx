import { Loader } from "@cloudflare/kumo";

/** Shown only when waiting takes long enough to be noticed. */
export function PageLoading() {
  return (
    <output className="grid min-h-[50dvh] animate-appear place-items-center text-kumo-subtle [animation-delay:300ms] [animation-fill-mode:backwards]">
      <span className="sr-only">Loading…</span>
      <Loader size={20} />
    </output>
  );
}
