import { describe, expect, it } from "vitest";
import { steadyFetch } from "./steady-fetch.ts";

const refusal = (status: number, code: string) => Response.json({ code }, { status });
const fine = () => Response.json({ ok: true });

function harness(answers: readonly (() => Response)[], willProve: readonly boolean[] = []) {
  const sent: string[] = [];
  const pauses: number[] = [];
  let proofs = 0;
  const fetch = steadyFetch({
    send: async (input, init) => {
      const answer = answers[sent.length];
      sent.push(`${init?.method ?? "GET"} ${input instanceof Request ? input.url : input.toString()}`);
      if (answer === undefined) throw new Error("Sent once too often.");
      return answer();
    },
    proveIdentity: async () => {
      proofs += 1;
      return willProve[proofs - 1] ?? false;
    },
    pause: async (ms) => {
      pauses.push(ms);
    },
  });
  return { fetch, sent, pauses, proofs: () => proofs };
}

describe("steady fetch", () => {
  it("an answer is handed on as it came", async () => {
    const { fetch, sent } = harness([() => refusal(409, "deployment.state_conflict")]);
    expect((await fetch("/x")).status).toBe(409);
    expect(sent).toHaveLength(1);
  });

  it("a session that was there is believed to be over only when a second answer says so", async () => {
    const { fetch, sent, pauses } = harness([
      fine,
      () => refusal(401, "auth.required"),
      fine,
      () => refusal(401, "auth.required"),
      () => refusal(401, "auth.required"),
    ]);
    await fetch("/me");
    expect((await fetch("/rotated")).ok).toBe(true);
    expect((await fetch("/over")).status).toBe(401);
    expect(sent).toHaveLength(5);
    expect(pauses).toContain(500);
  });

  it("what brings the new token is waited for before asking again", async () => {
    const stepUp = Promise.withResolvers<Response>();
    const sent: string[] = [];
    let isRotated = false;
    const fetch = steadyFetch({
      send: async (input) => {
        sent.push(typeof input === "string" ? input : "");
        if (input === "/step-up") return stepUp.promise;
        return isRotated || sent.length === 1 ? fine() : refusal(401, "auth.required");
      },
      proveIdentity: async () => false,
      // The short pause passes; the long one outlasts the test.
      pause: (ms) => (ms < 1_000 ? Promise.resolve() : new Promise(() => undefined)),
    });
    await fetch("/me");
    const rotating = fetch("/step-up");
    const late = fetch("/late");
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(sent).toEqual(["/me", "/step-up", "/late"]);
    isRotated = true;
    stepUp.resolve(fine());
    expect((await late).ok).toBe(true);
    expect((await rotating).ok).toBe(true);
  });

  it("a stranger is told at once", async () => {
    const { fetch, pauses } = harness([() => refusal(401, "auth.required")]);
    expect((await fetch("/me")).status).toBe(401);
    expect(pauses).toHaveLength(0);
  });

  it("a wrong password is no lost session", async () => {
    const { fetch, sent } = harness([fine, () => refusal(401, "auth.invalid_credentials")]);
    await fetch("/me");
    expect((await fetch("/login")).status).toBe(401);
    expect(sent).toHaveLength(2);
  });

  it("after a fresh proof the same request goes out again", async () => {
    const { fetch, sent, proofs } = harness([() => refusal(403, "auth.step_up_required"), fine], [true]);
    expect((await fetch("/tokens", { method: "POST", body: "{}" })).ok).toBe(true);
    expect(sent).toEqual(["POST /tokens", "POST /tokens"]);
    expect(proofs()).toBe(1);
  });

  it("a proof that has grown stale meanwhile is asked for again", async () => {
    const stale = () => refusal(403, "auth.step_up_required");
    const { fetch, proofs } = harness([stale, stale, fine], [true, true]);
    expect((await fetch("/tokens")).ok).toBe(true);
    expect(proofs()).toBe(2);
  });

  it("without a proof the refusal stands, readable", async () => {
    const { fetch, sent } = harness([() => refusal(403, "auth.step_up_required")], [false]);
    const response = await fetch("/tokens");
    expect(await response.json()).toEqual({ code: "auth.step_up_required" });
    expect(sent).toHaveLength(1);
  });

  it("a refusal that is not ours is handed on", async () => {
    const { fetch, sent } = harness([fine, () => new Response("<html>", { status: 403 })]);
    await fetch("/me");
    expect(await (await fetch("/x")).text()).toBe("<html>");
    expect(sent).toHaveLength(2);
  });
});
