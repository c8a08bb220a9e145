type Send = typeof fetch;

type Ports = {
  send: Send;
  /** Has whoever sits there prove once more who they are; false when they would rather not. */
  proveIdentity: () => Promise<boolean>;
  pause: (ms: number) => Promise<void>;
};

/** Time for another tab's new cookie to arrive. */
const ROTATION_MS = 500;
/** What is under way for longer than this is not what changes the token. */
const ROTATION_MAX_MS = 5_000;

/**
 * `fetch`, with two refusals taken care of that are not about the request itself:
 *
 * - A session's token changes at a step-up, a change of password and a switch of account. What was on its way with the
 *   old one comes back as `auth.required`, so that is believed only when a repetition says it too: after everything
 *   else that is under way, which may be what brings the new token.
 * - `auth.step_up_required` asks for a fresh proof. It is given, and the request goes out again; without one the
 *   refusal stands. Nothing was done in either case, so repeating is safe whatever the request was.
 */
export function steadyFetch({ send, proveIdentity, pause }: Ports): Send {
  /** A page that was never let in has no token that could have changed. */
  let wasLetIn = false;
  const underWay = new Set<Promise<unknown>>();

  const sendCounted: Send = async (input, init) => {
    const answer = send(input, init);
    underWay.add(answer);
    try {
      return await answer;
    } finally {
      underWay.delete(answer);
    }
  };

  const sendSteadily: Send = async (input, init) => {
    const response = await sendCounted(input, init);
    if (response.ok) wasLetIn = true;
    if (!wasLetIn || !(await isRefusedWith("auth.required", response))) return response;
    await Promise.all([
      pause(ROTATION_MS),
      Promise.race([Promise.allSettled(underWay), pause(ROTATION_MAX_MS)]),
    ]);
    return sendCounted(input, init);
  };

  return async (input, init) => {
    for (;;) {
      const response = await sendSteadily(input, init);
      if (!(await isRefusedWith("auth.step_up_required", response))) return response;
      if (!(await proveIdentity())) return response;
    }
  };
}

async function isRefusedWith(code: "auth.required" | "auth.step_up_required", response: Response) {
  if (response.status !== 401 && response.status !== 403) return false;
  // A copy: whoever asked reads the answer too.
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null); // Not one of ours.
  return typeof problem === "object" && problem !== null && "code" in problem && problem.code === code;
}
