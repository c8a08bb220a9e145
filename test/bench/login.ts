import { randomUUID } from "node:crypto";
import { tokenOf } from "../../local/mail/token-of.ts";
import { mailedLink } from "../e2e/support/launchpad.ts";
import type { Plane } from "../support/plane.ts";
import { startPlane } from "../support/plane.ts";
import { median, percentile, rounded } from "./support/statistics.ts";

/**
 * `npm run bench:login`: how long a refused login takes for a wrong password, an unverified address and one that nobody
 * knows. They take turns, because these machines are noisy, and each address is tried twice, because we slow guessing
 * down. Who has an account can be told from none of these if their ratio is about 1. Prints one JSON object.
 */
const PEOPLE = 20;
const TRIES = 2;
const PASSWORD = "correct horse battery staple";

let network = 0;
const post = (plane: Plane, path: string, body: unknown): Promise<Response> => {
  network += 1;
  return fetch(new URL(path, plane.control.url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "cf-connecting-ip": `10.${Math.floor(network / 65_536)}.${Math.floor(network / 256) % 256}.${network % 256}`,
    },
    body: JSON.stringify(body),
  });
};

async function person(plane: Plane, isVerified: boolean): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  await post(plane, "/auth/signup", { email, password: PASSWORD });
  const token = tokenOf(await mailedLink(plane.mail.url, email));
  if (isVerified) await post(plane, "/auth/verify", { token });
  return email;
}

async function attempt(plane: Plane, email: string): Promise<number> {
  const begunAt = performance.now();
  const answer = await post(plane, "/auth/login", { email, password: "a wrong password" });
  await answer.text();
  if (answer.status !== 401) throw new Error(`A wrong login answered ${answer.status}.`);
  return performance.now() - begunAt;
}

const plane = await startPlane({ entry: "worker/index.ts" });
try {
  const times = { wrong: [] as number[], unverified: [] as number[], unknown: [] as number[] };
  for (let count = 0; count < PEOPLE; count += 1) {
    const emails = {
      wrong: await person(plane, true),
      unverified: await person(plane, false),
      unknown: `${randomUUID()}@example.com`,
    };
    for (let tries = 0; tries < TRIES; tries += 1)
      for (const kind of ["wrong", "unverified", "unknown"] as const)
        times[kind].push(await attempt(plane, emails[kind]));
  }
  const medians = {
    wrong: median(times.wrong),
    unverified: median(times.unverified),
    unknown: median(times.unknown),
  };
  console.log(
    JSON.stringify(
      {
        attempts: PEOPLE * TRIES,
        medianMs: {
          wrong: rounded(medians.wrong),
          unverified: rounded(medians.unverified),
          unknown: rounded(medians.unknown),
        },
        p95Ms: {
          wrong: rounded(percentile(times.wrong, 0.95)),
          unverified: rounded(percentile(times.unverified, 0.95)),
          unknown: rounded(percentile(times.unknown, 0.95)),
        },
        unknownOverWrong: rounded(medians.unknown / medians.wrong, 2),
        unverifiedOverWrong: rounded(medians.unverified / medians.wrong, 2),
      },
      null,
      2,
    ),
  );
} finally {
  await plane.close();
}
