import { Loader } from "@cloudflare/kumo";

/** Shown only when waiting takes long enough to be noticed. */
export function PageLoading() {
  return (
    <div
      role="status"
      aria-label="Loading"
      className="grid min-h-[50dvh] animate-appear place-items-center text-kumo-subtle [animation-delay:300ms] [animation-fill-mode:backwards]"
    >
      <Loader size={20} />
    </div>
  );
}
