import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import { loginPasskey, passkeyChallenge } from "../../../worker/contract/auth.ts";
import type { Input } from "../../../worker/contract/client.ts";
import type { addPasskey } from "../../../worker/contract/security.ts";
import { offerPasskey } from "../../../worker/contract/security.ts";
import { api } from "../api/client.ts";
import { codeOf } from "../api/problem.ts";
import { passkeyTrouble, unknownPasskey } from "./passkey-trouble.ts";

/** What a passkey says, and what a new one is: JSON the library makes and the server checks. */
export type PasskeyAnswer = Input<typeof loginPasskey>["json"]["answer"];
export type NewPasskey = Input<typeof addPasskey>["json"]["answer"];

// Loaded when somebody uses a passkey: most pages, the login page among them, do without.
const library = () => import("@simplewebauthn/browser");

/** Has the browser show a passkey of its user's choice. Throws `BrowserTrouble` when it doesn't come to that. */
export async function showPasskey(): Promise<PasskeyAnswer> {
  const [{ startAuthentication }, options] = await Promise.all([library(), api.call(passkeyChallenge, {})]);
  try {
    // The contract hands these on as the library's other half made them.
    const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON;
    return (await startAuthentication({ optionsJSON })) as unknown as PasskeyAnswer;
  } catch (error) {
    throw passkeyTrouble(error);
  }
}

/** A whole login. Throws `BrowserTrouble` when it doesn't come to that, or with a passkey nobody knows any more. */
export async function logInWithPasskey(): Promise<void> {
  const answer = await showPasskey();
  try {
    await api.call(loginPasskey, { json: { answer } });
  } catch (error) {
    // The API's own title is about e-mail and password, which nobody has typed here.
    if (codeOf(error) === "auth.invalid_credentials") throw unknownPasskey(error);
    throw error;
  }
}

/** Has the browser make a new one. Throws `BrowserTrouble` when it doesn't come to that. */
export async function makePasskey(): Promise<NewPasskey> {
  const [{ startRegistration }, options] = await Promise.all([library(), api.call(offerPasskey, {})]);
  try {
    const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON; // As above.
    return (await startRegistration({ optionsJSON })) as unknown as NewPasskey;
  } catch (error) {
    throw passkeyTrouble(error);
  }
}
