/**
 * All tabs of a browser share one session, and so one account. When a tab changes which, the others show what is no
 * longer theirs, and their buttons would act on the other account: they load anew.
 */
const CHANNEL = "launchpad-session";

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;

/** This tab signed in or switched to another account. A tab doesn't hear itself. */
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- A channel's is always its own; windows' calls have one.
export const tellOtherTabs = (): void => channel?.postMessage("changed");

export const onOtherTabs = (act: () => void): void => channel?.addEventListener("message", act);
