import { importJWK, SignJWT } from "jose";
import { z } from "zod";
import { ASSERTION_ALGORITHM, audienceOf } from "../../images/agent/contract/assertion.ts";
import type { ControlClaims, ControlOperation } from "../../images/agent/contract/control.ts";
import {
  CONTROL_ANSWER_BYTES_MAX,
  CONTROL_HEADER,
  CONTROL_ISSUER,
  CONTROL_SECONDS_MAX,
  CONTROL_USE,
  controlPath,
} from "../../images/agent/contract/control.ts";
import type { ControlTarget } from "../domain/deployment/control.ts";
import type { DoorKeys } from "../domain/door-keys.ts";
import type { Outcome } from "../domain/outcome.ts";
import { SECOND_MS } from "../platform/clock.ts";
import { withDeadline } from "../platform/deadline.ts";
import type { Random } from "../platform/random.ts";
import { toBase64Url, toHex } from "../platform/random.ts";

/**
 * Calls of a machine's agent. What comes back was said inside a tenant's machine: it is bounded, parsed and shown to
 * that tenant, and proves nothing. Nothing is tried twice here: a call whose answer is lost may have been obeyed.
 */
export type AgentClient = {
  call<T>(target: ControlTarget, order: Order<T>): Promise<AgentOutcome<T>>;
};

export type Order<T> = { operation: ControlOperation; schema: z.ZodType<T>; timeoutMs: number };

/** `not_found`: whoever answered didn't believe us; the machine may be another by now. */
export type AgentOutcome<T> = Outcome<T> | { kind: "not_offered" };

type Options = {
  fetch: typeof fetch;
  /** Where apps answer; `{app}` stands for one's name. */
  appsBase: string;
  keys: DoorKeys;
  /** The platform's time, not the product's: machines have clocks of their own. */
  now: () => number;
  random: Random;
};

const BODY = "{}";
const JTI_BYTES = 16;

const answerSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), code: z.enum(["not_offered", "busy", "failed"]) }),
]);

export function agentClient(options: Options): AgentClient {
  const [key] = options.keys;

  async function sign({ app, machineId }: ControlTarget, path: string): Promise<string> {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(BODY));
    const claims: ControlClaims = {
      use: CONTROL_USE,
      method: "POST",
      path,
      body: toHex(new Uint8Array(digest)),
    };
    const issuedAt = Math.floor(options.now() / SECOND_MS);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ASSERTION_ALGORITHM, kid: key.kid, typ: "JWT" })
      .setIssuer(CONTROL_ISSUER)
      .setAudience(audienceOf(app, machineId))
      .setJti(toBase64Url(options.random.bytes(JTI_BYTES)))
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + CONTROL_SECONDS_MAX)
      .sign(await importJWK(key, ASSERTION_ALGORITHM));
  }

  async function send(target: ControlTarget, path: string, timeoutMs: number): Promise<Heard> {
    const token = await sign(target, path);
    return withDeadline(timeoutMs, undefined, async (signal) => {
      const response = await options.fetch(`${options.appsBase.replace("{app}", target.app)}${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "fly-force-instance-id": target.machineId,
          [CONTROL_HEADER]: token,
        },
        body: BODY,
        redirect: "manual",
        signal,
      });
      return { status: response.status, text: await boundedText(response) };
    });
  }

  return {
    async call(target, { operation, schema, timeoutMs }) {
      let heard: Heard;
      try {
        heard = await send(target, controlPath(operation), timeoutMs);
      } catch {
        return { kind: "unknown_outcome", detail: "the agent gave no answer" };
      }
      if (heard.status === 404) return { kind: "not_found" };
      const answer = heard.status === 200 ? answerSchema.safeParse(parsed(heard.text)) : null;
      if (answer?.success !== true)
        return { kind: "unknown_outcome", detail: `the agent answered ${heard.status}` };
      if (answer.data.ok) {
        const value = schema.safeParse(answer.data.value);
        return value.success
          ? { kind: "ok", value: value.data }
          : { kind: "unknown_outcome", detail: "the agent's answer isn't one of ours" };
      }
      switch (answer.data.code) {
        case "not_offered":
          return { kind: "not_offered" };
        case "busy":
          return { kind: "conflict", detail: "the agent is busy" };
        case "failed":
          return { kind: "rejected", detail: "it was tried in vain" };
      }
    },
  };
}

type Heard = { status: number; text: string };

/** Throws once it is more than an agent of ours ever says. */
async function boundedText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > CONTROL_ANSWER_BYTES_MAX) throw new Error("The answer is too long.");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
