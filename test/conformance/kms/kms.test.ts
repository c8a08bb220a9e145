import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { AwsKmsInput } from "../../../worker/vault/aws-kms.ts";
import { awsKms } from "../../../worker/vault/aws-kms.ts";
import { VaultError } from "../../../worker/vault/key-provider.ts";
import type { Kms } from "./server.ts";
import { startKms } from "./server.ts";
import { signatureOf } from "./sigv4.ts";

const REGION = "eu-central-1";
const arn = (id: string) => `arn:aws:kms:${REGION}:111122223333:key/${id}`;
const [ONE, TWO, OFF] = [arn("one"), arn("two"), arn("off")];
const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

let server: Kms;
let skewMs = 0;
beforeAll(async () => {
  server = await startKms({
    region: REGION,
    ...CREDENTIALS,
    keys: { [ONE]: true, [TWO]: true, [OFF]: false },
    now: () => Date.now() + skewMs,
  });
});
afterAll(() => server.close());
beforeEach(() => {
  skewMs = 0;
});

const kms = (input: Partial<AwsKmsInput> = {}) =>
  awsKms({ fetch, baseUrl: server.url, region: REGION, ...CREDENTIALS, activeKeyId: ONE, ...input });

const dataKey = Uint8Array.from({ length: 32 }, (_, index) => 200 + index);
const context = { ownerId: "acct_1", version: 1 };
const inBase64 = Buffer.from(dataKey).toString("base64");

/** What was thrown, with its causes, as a log line would show it. */
async function complaint(work: Promise<unknown>): Promise<{ error: unknown; text: string }> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  const said: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) said.push(at.name, at.message, at.stack ?? "");
  return { error, text: said.join("\n") };
}

describe("the signature as we recompute it", () => {
  it("is AWS's own for their published example", () => {
    const request = {
      method: "GET",
      path: "/",
      query: "Action=ListUsers&Version=2010-05-08",
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        host: "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
      },
      signedHeaders: ["content-type", "host", "x-amz-date"],
      body: "",
    };
    const scope = { date: "20150830", region: "us-east-1", service: "iam" };
    expect(signatureOf(request, "20150830T123600Z", scope, CREDENTIALS.secretAccessKey)).toBe(
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    );
  });
});

describe("a data key wrapped by KMS", () => {
  it("comes back as it was, and looks different each time", async () => {
    const [first, second] = [await kms().wrap(dataKey, context), await kms().wrap(dataKey, context)];
    expect(first).not.toBe(second);
    expect(await kms().unwrap(first, ONE, context)).toEqual(dataKey);
  });

  it("is unwrapped by the key that wrapped it while another one is active", async () => {
    const wrapped = await kms().wrap(dataKey, context);
    expect(await kms({ activeKeyId: TWO }).unwrap(wrapped, ONE, context)).toEqual(dataKey);
  });

  it.each([
    ["another owner", ONE, { ...context, ownerId: "acct_2" }],
    ["another version", ONE, { ...context, version: 2 }],
    ["another key", TWO, context],
    ["a key that is gone", arn("gone"), context],
    ["a key that is disabled", OFF, context],
  ])("is nobody else's: %s", async (_, keyId, asked) => {
    const wrapped = await kms().wrap(dataKey, context);
    await expect(kms().unwrap(wrapped, keyId, asked)).rejects.toThrow(VaultError);
  });

  it("doesn't open when it was altered", async () => {
    const wrapped = Buffer.from(await kms().wrap(dataKey, context), "base64");
    wrapped[wrapped.length - 1] = (wrapped.at(-1) ?? 0) ^ 1;
    await expect(kms().unwrap(wrapped.toString("base64"), ONE, context)).rejects.toThrow(VaultError);
    await expect(kms().unwrap("AAAA", ONE, context)).rejects.toThrow(VaultError);
  });

  it("isn't made by a key that is disabled, nor of more than KMS takes", async () => {
    await expect(kms({ activeKeyId: OFF }).wrap(dataKey, context)).rejects.toThrow(/DisabledException/);
    await expect(kms().wrap(new Uint8Array(4_096), context)).resolves.toBeDefined();
    await expect(kms().wrap(new Uint8Array(4_097), context)).rejects.toThrow(/ValidationException/);
  });
});

const plain = async (request: Request) => ({
  method: request.method,
  url: request.url,
  headers: new Headers(request.headers),
  body: await request.text(),
});

function withHeader<T extends { headers: Headers }>(
  sent: T,
  name: string,
  change: (text: string) => string,
): T {
  const headers = new Headers(sent.headers);
  headers.set(name, change(headers.get(name) ?? ""));
  return { ...sent, headers };
}

describe("a request to KMS", () => {
  it.each([
    ["another secret key", { secretAccessKey: "another" }, "SignatureDoesNotMatch"],
    ["another access key", { accessKeyId: "AKIDOTHER" }, "UnrecognizedClientException"],
    ["another region", { region: "us-east-1" }, "SignatureDoesNotMatch"],
  ])("is refused when it is signed with %s", async (_, input, type) => {
    await expect(kms(input).wrap(dataKey, context)).rejects.toThrow(`KMS refused to encrypt (403, ${type}).`);
  });

  type Sent = { headers: Headers; body: string };
  const drop = ";x-amz-target";
  it.each<[string, (sent: Sent) => Sent]>([
    ["its body", ({ headers, body }) => ({ headers, body: `${body} ` })],
    ["its target", (sent) => withHeader(sent, "x-amz-target", () => "TrentService.Decrypt")],
    ["its date", (sent) => withHeader(sent, "x-amz-date", (date) => date.replace(/.Z$/, "0Z"))],
    ["what is signed of it", (sent) => withHeader(sent, "authorization", (text) => text.replace(drop, ""))],
  ])("is refused when somebody changed %s on its way", async (_, change) => {
    // Another second than the one the test changes its date to.
    vi.useFakeTimers({ toFake: ["Date"], now: Math.floor(Date.now() / 10_000) * 10_000 + 5_000 });
    const tampering: typeof fetch = async (asked) => {
      const { method, url, headers, body } = await plain(asked as Request); // Signed as one.
      return fetch(url, { method, ...change({ headers, body }) });
    };
    const told = await complaint(kms({ fetch: tampering }).wrap(dataKey, context));
    vi.useRealTimers();
    expect(told.text).toContain("(403, SignatureDoesNotMatch)");
  });

  it("is refused when it is older or newer than five minutes", async () => {
    for (const off of [6 * 60_000, -6 * 60_000]) {
      skewMs = off;
      await expect(kms().wrap(dataKey, context)).rejects.toThrow(/403/);
    }
    skewMs = 4 * 60_000;
    await expect(kms().wrap(dataKey, context)).resolves.toBeDefined();
  });
});

describe("trouble with KMS", () => {
  it.each([
    [400, { __type: "ThrottlingException" }],
    [400, { __type: "com.amazonaws.kms#ThrottlingException" }],
    [500, { __type: "KMSInternalException" }],
    [500, { __type: "KeyUnavailableException" }],
    [503, { __type: "DependencyTimeoutException" }],
    [503, "no JSON"],
  ])("passes: %i %o is no damage", async (status, body) => {
    const wrapped = await kms().wrap(dataKey, context);
    server.answerNext({ status, body: JSON.stringify(body) });
    const { error } = await complaint(kms().unwrap(wrapped, ONE, context));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(VaultError);
    expect(await kms().unwrap(wrapped, ONE, context)).toEqual(dataKey);
  });

  it.each(["{", "", "null", "[]", "<html>", '{"Plaintext":7}', '{"Plaintext":"%%%"}'])(
    "is told from an answer: %s",
    async (body) => {
      server.answerNext({ status: 200, body });
      const { error } = await complaint(kms().unwrap("AAAA", ONE, context));
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(VaultError);
    },
  );

  it("is also a key of another length", async () => {
    server.answerNext({ status: 200, body: JSON.stringify({ Plaintext: "AAAA" }) });
    await expect(kms().unwrap("AAAA", ONE, context)).rejects.toThrow(VaultError);
  });

  it("is also no answer at all", async () => {
    const { error } = await complaint(kms({ baseUrl: "http://127.0.0.1:9" }).unwrap("AAAA", ONE, context));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(VaultError);
  });

  it("is also an answer that doesn't come: it is given up", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const asked = Promise.withResolvers<void>();
      const never: typeof fetch = (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new DOMException("given up", "AbortError")));
          asked.resolve();
        });
      const told = complaint(kms({ fetch: never }).unwrap("AAAA", ONE, context));
      await asked.promise;
      await vi.advanceTimersByTimeAsync(60_000);
      expect((await told).text).toContain("KMS did not answer (AbortError)");
    } finally {
      vi.useRealTimers();
    }
  });

  it("is never told with a key in it", async () => {
    const wrapped = await kms().wrap(dataKey, context);
    const secrets = [inBase64, wrapped, CREDENTIALS.secretAccessKey, inBase64.slice(0, 20)];
    const bodies = [
      `${inBase64} is not JSON`,
      JSON.stringify({ Plaintext: { nested: inBase64 } }),
      JSON.stringify({ __type: inBase64, message: inBase64 }),
      JSON.stringify({ __type: "AccessDeniedException", message: inBase64 }),
    ];
    for (const body of bodies)
      for (const status of [200, 400, 403, 500]) {
        server.answerNext({ status, body }, { status, body });
        const said = [
          (await complaint(kms().unwrap(wrapped, ONE, context))).text,
          (await complaint(kms().wrap(dataKey, context))).text,
        ].join("\n");
        expect(said).toContain("KMS");
        for (const secret of secrets) expect(said).not.toContain(secret);
      }
    const failing: typeof fetch = async (asked) => {
      throw new TypeError(`can't send ${await (asked as Request).text()}`);
    };
    const { text } = await complaint(kms({ fetch: failing }).wrap(dataKey, context));
    expect(text).not.toContain(inBase64);
  });
});
