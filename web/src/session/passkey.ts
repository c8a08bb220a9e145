import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import type { loginPasskey } from "../../../worker/contract/auth.ts";
import { passkeyChallenge } from "../../../worker/contract/auth.ts";
import type { Input } from "../../../worker/contract/client.ts";
import type { addPasskey } from "../../../worker/contract/security.ts";
import { offerPasskey } from "../../../worker/contract/security.ts";
import { api } from "../api/client.ts";
import { passkeyTrouble } from "./passkey-trouble.ts";

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
