import {
  login,
  loginFactor,
  loginPasskey,
  logout,
  logoutEverywhere,
  me,
  passkeyChallenge,
  signup,
  stepUp,
  verify,
} from "../../../worker/contract/auth.ts";
import {
  addPasskey,
  changePassword,
  disableTotp,
  enableTotp,
  endSession,
  forgotPassword,
  listPasskeys,
  listSessions,
  offerPasskey,
  offerTotp,
  remakeRecoveryCodes,
  removePasskey,
  resetPassword,
} from "../../../worker/contract/security.ts";
import { LONG } from "../../../worker/domain/common-passwords-list.ts";
import { newPasskey } from "../authenticator.ts";
import {
  asking,
  codeOf,
  logInAs,
  mailedToken,
  newPerson,
  PASSWORD,
  refusable,
  refused,
  tokenIn,
} from "../world.ts";
import type { World } from "../world.ts";

const NO_TOKEN = "x".repeat(43);

/** One person: their password, their sessions, their second factors. */
export async function person(world: World): Promise<void> {
  const nobody = asking(world);
  const { email, token } = await newPerson(world, "ada");
  await nobody.call(signup, { json: { email, password: PASSWORD } });
  await refused(refusable(world).call(verify, { json: { token: NO_TOKEN } }), "auth.link_invalid");
  await refused(
    refusable(world).call(login, { json: { email, password: "not it" } }),
    "auth.invalid_credentials",
  );
  await refused(
    refusable(world).call(signup, { json: { email, password: LONG.split(" ")[0] ?? "" } }),
    "request.invalid",
  );
  await asking(world, token).call(me, {});
  const browser = { origin: world.origin, "sec-fetch-site": "same-origin" };
  await nobody.call(login, { json: { email, password: PASSWORD }, headers: browser });

  const chosen = await passwords(world, email, token);
  await codes(world, email, chosen);
  await passkeys(world, email, chosen.password);
}

async function passwords(world: World, email: string, token: string) {
  const nobody = asking(world);
  await nobody.call(forgotPassword, { json: { email } });
  await nobody.call(forgotPassword, { json: { email: `nobody-${email}` } });
  const link = await mailedToken(world, email, "Choose a new password");
  const second = `${PASSWORD} 2`;
  await nobody.call(resetPassword, { json: { token: link, password: second } });
  await refused(
    refusable(world).call(resetPassword, { json: { token: link, password: second } }),
    "auth.link_invalid",
  );
  await refused(refusable(world, token).call(me, {}), "auth.required");

  const before = await logInAs(world, email, second);
  const password = `${PASSWORD} 3`;
  await refused(
    refusable(world, before).call(changePassword, { json: { current: "not it", password } }),
    "auth.invalid_credentials",
  );
  const changed = await asking(world, before).call(changePassword, { json: { current: second, password } });
  const proven = await asking(world, tokenIn(changed)).call(stepUp, { json: { kind: "password", password } });
  const other = await logInAs(world, email, password);
  const mine = asking(world, tokenIn(proven));
  const { items } = await mine.call(listSessions, {});
  const theirs = items.find(({ current }) => !current);
  if (theirs === undefined) throw new Error("The other session is not listed.");
  await mine.call(endSession, { params: { id: theirs.id } });
  await refused(
    refusable(world, tokenIn(proven)).call(endSession, { params: { id: theirs.id } }),
    "session.not_found",
  );
  await refused(refusable(world, other).call(me, {}), "auth.required");
  return { password, token: tokenIn(proven) };
}

async function codes(world: World, email: string, { password, token }: { password: string; token: string }) {
  const mine = asking(world, token);
  await refused(refusable(world, token).call(remakeRecoveryCodes, {}), "factor.none");
  const wrong = await mine.call(offerTotp, {});
  await refused(
    refusable(world, token).call(enableTotp, { json: { enrolment: wrong.enrolment, code: "000000" } }),
    "auth.code_invalid",
  );
  const { enrolment, secret } = await mine.call(offerTotp, {});
  await mine.call(enableTotp, { json: { enrolment, code: await codeOf(world, secret) } });
  await refused(
    refusable(world, token).call(stepUp, { json: { kind: "password", password } }),
    "factor.required",
  );
  const { recoveryCodes } = await mine.call(remakeRecoveryCodes, {});
  const [code = ""] = recoveryCodes;

  const half = await asking(world).call(login, { json: { email, password } });
  if (half.status !== "second_factor_required") throw new Error("The second factor is not asked for.");
  const { challenge } = half;
  await refused(
    refusable(world).call(loginFactor, { json: { challenge, proof: { kind: "totp", code: "000000" } } }),
    "auth.code_invalid",
  );
  const whole = await asking(world).call(loginFactor, {
    json: { challenge, proof: { kind: "recovery_code", code } },
  });
  await asking(world, tokenIn(whole)).call(me, {});
  const proven = await asking(world, tokenIn(whole)).call(stepUp, {
    json: { kind: "totp", code: await codeOf(world, secret, 1) },
  });
  await asking(world, tokenIn(proven)).call(disableTotp, {});
  await asking(world, tokenIn(proven)).call(logout, {});
}

async function passkeys(world: World, email: string, password: string) {
  const token = await logInAs(world, email, password);
  const mine = asking(world, token);
  const passkey = newPasskey(world.origin);
  const answer = passkey.register(await mine.call(offerPasskey, {}));
  await mine.call(addPasskey, { json: { name: "The laptop", answer } });
  await refused(
    refusable(world, token).call(addPasskey, { json: { name: "Once more", answer } }),
    "auth.code_invalid",
  );
  const { items } = await mine.call(listPasskeys, {});
  const challenge = await asking(world).call(passkeyChallenge, {});
  const proof = passkey.prove(challenge);
  const session = await asking(world).call(loginPasskey, { json: { answer: proof } });
  await refused(refusable(world).call(loginPasskey, { json: { answer: proof } }), "auth.invalid_credentials");
  await asking(world, tokenIn(session)).call(me, {});
  for (const { id } of items) await mine.call(removePasskey, { params: { id } });
  for (const { id } of items)
    await refused(refusable(world, token).call(removePasskey, { params: { id } }), "factor.not_found");
  await asking(world, tokenIn(session)).call(logoutEverywhere, {});
  await refused(refusable(world, token).call(me, {}), "auth.required");
}
