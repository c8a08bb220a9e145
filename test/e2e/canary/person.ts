import { Secret, TOTP } from "otpauth";
import { z } from "zod";
import { login, loginFactor, signup, stepUp, verify } from "../../../worker/contract/auth.ts";
import type { ApiClient } from "../../../worker/contract/client.ts";
import {
  changePassword,
  disableTotp,
  enableTotp,
  forgotPassword,
  listSessions,
  offerTotp,
  remakeRecoveryCodes,
  resetPassword,
} from "../../../worker/contract/security.ts";
import { createToken, listTokens, revokeToken } from "../../../worker/contract/tokens.ts";
import { invite } from "../../../worker/contract/members.ts";
import type { Life } from "./life.ts";
import type { Mark } from "./marks.ts";

/** A customer with everything an account can have: passwords, sessions, an app for codes, codes on paper, a token. */
const STEP_MS = 30_000;
/** Longer than two steps: a code works once, and one step either way is taken. */
const NEXT_CODE_MS = 3 * STEP_MS;

export class Person {
  readonly email: string;
  readonly #life: Life;
  #password: Mark;
  #totp: string | null = null;
  #recovery: readonly string[] = [];
  #token = "";

  constructor(life: Life, email: string) {
    this.#life = life;
    this.email = email;
    this.#password = life.marks.make("password", "the password of the sign-up");
  }

  get client(): ApiClient {
    return this.#life.client(this.#token);
  }

  get headers(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.#token}` };
  }

  get password(): Mark {
    return this.#password;
  }

  async signUp(): Promise<void> {
    const anonymous = this.#life.client();
    await anonymous.call(signup, { json: { email: this.email, password: this.#password.value } });
    const token = await this.#life.mailedToken(this.email, "Verify");
    await anonymous.call(verify, { json: { token } });
    await anonymous.call(verify, { json: { token } }).catch(() => null); // It works once.
  }

  async logIn(): Promise<void> {
    const anonymous = this.#life.client();
    const json = { email: this.email, password: this.#password.value };
    const session = await anonymous.call(login, { json });
    if (session.status === "signed_in") {
      this.#take(session.token, "by password");
      return;
    }
    const { challenge } = session;
    this.#life.handedOut("challenge", "a login's challenge", challenge);
    const proof = await this.#code();
    const { token } = await anonymous.call(loginFactor, { json: { challenge, proof } });
    this.#take(token, `by ${proof.kind}`);
  }

  /** As a browser does: cookies instead of a token. */
  async logInByBrowser(): Promise<void> {
    const answer = await this.#life.ask("POST", "/auth/login", {
      body: JSON.stringify({ email: this.email, password: this.#password.value }),
      headers: { origin: this.#life.addresses.dashboard, "sec-fetch-site": "same-origin" },
    });
    for (const [name, kind] of [
      ["session", "session"],
      ["device", "device"],
    ] as const) {
      const cookie = answer.headers
        .getSetCookie()
        .map((one) => new RegExp(`^__Host-${name}=([\\w-]+)`).exec(one)?.[1])
        .find((one) => one !== undefined);
      if (cookie === undefined) throw new Error(`There is no cookie ${name}.`);
      this.#life.handedOut(kind, `a browser's ${name}`, cookie);
    }
  }

  async setUpSecondFactor(): Promise<void> {
    const offered = await this.client.call(offerTotp, {});
    this.#life.handedOut("totp", "the TOTP secret", offered.secret);
    this.#life.handedOut("challenge", "an enrolment's token", offered.enrolment);
    this.#totp = offered.secret;
    const { code } = await this.#totpCode(offered.secret);
    const { recoveryCodes } = await this.client.call(enableTotp, {
      json: { enrolment: offered.enrolment, code },
    });
    this.#takeCodes(recoveryCodes);
    // Codes on paper, made anew.
    await this.#life.pass(NEXT_CODE_MS);
    const again = await this.client.call(remakeRecoveryCodes, {});
    this.#takeCodes(again.recoveryCodes);
  }

  /** The next login is by a code on paper. */
  forgetApp(): void {
    this.#totp = null;
  }

  async stepUp(): Promise<void> {
    const json = { kind: "password", password: this.#password.value } as const;
    const { token } = await this.client
      .call(stepUp, { json })
      .catch(async () => this.client.call(stepUp, { json: await this.#code() }));
    this.#take(token, "after a step-up");
  }

  async changePassword(): Promise<void> {
    const next = this.#life.marks.make("password", "the changed password");
    const { token } = await this.client.call(changePassword, {
      json: { current: this.#password.value, password: next.value },
    });
    this.#password = next;
    this.#take(token, "after a change of password");
  }

  async resetPassword(): Promise<void> {
    const anonymous = this.#life.client();
    await anonymous.call(forgotPassword, { json: { email: this.email } });
    const token = await this.#life.mailedToken(this.email, "Choose a new password");
    const next = this.#life.marks.make("password", "the password after a reset");
    const json = { token, password: next.value };
    await anonymous.call(resetPassword, { json });
    await anonymous.call(resetPassword, { json }).catch(() => null); // The link works once.
    this.#password = next;
  }

  async useApiToken(): Promise<void> {
    const answer = await this.client.request(createToken, {
      json: { name: "canary", scopes: ["deployments:read", "secrets:read"], days: 1 },
    });
    const { id, token } = z.object({ id: z.string(), token: z.string() }).parse(await answer.json());
    // The id in it is no secret.
    const secret = token.split("_").at(-2) ?? token;
    this.#life.handedOut("api token", "an API token", token, { cores: [secret] });
    await this.#life
      .client(token)
      .call(listTokens, {})
      .catch(() => null); // Not in its scopes.
    await this.#life.ask("GET", "/deployments", { headers: { authorization: `Bearer ${token}x` } });
    await this.client.call(listTokens, {});
    await this.client.call(revokeToken, { params: { id } });
    await this.#life.ask("GET", "/deployments", { headers: { authorization: `Bearer ${token}` } });
  }

  async inviteSomebody(): Promise<void> {
    const email = "guest@example.com";
    await this.client.request(invite, { json: { email, role: "viewer" } });
    await this.#life.mailedToken(email, "invites you");
  }

  async dropSecondFactor(): Promise<void> {
    await this.client.call(disableTotp, {});
    await this.client.call(listSessions, {});
    this.#totp = null;
    this.#recovery = [];
  }

  #take(token: string | undefined, how: string): void {
    if (token === undefined) throw new Error("A client without Origin gets a token.");
    this.#token = token;
    this.#life.handedOut("session", `a session ${how}`, token);
  }

  #takeCodes(codes: readonly string[]): void {
    this.#recovery = codes;
    for (const [index, code] of codes.entries())
      this.#life.handedOut("recovery code", `recovery code ${index + 1}`, code, {
        cores: [code, code.replaceAll("-", "")],
      });
  }

  async #code() {
    if (this.#totp !== null) return this.#totpCode(this.#totp);
    const [code, ...others] = this.#recovery;
    if (code === undefined) throw new Error("There is no second factor.");
    this.#recovery = others;
    return { kind: "recovery_code", code } as const;
  }

  async #totpCode(secret: string) {
    await this.#life.pass(NEXT_CODE_MS);
    const timestamp = await this.#life.now();
    return {
      kind: "totp",
      code: new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp }),
    } as const;
  }
}
