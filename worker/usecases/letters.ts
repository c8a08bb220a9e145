import { dollarsOf } from "../domain/extras.ts";

/** Every mail we send, in one place. Plain text; links carry their token behind `#`, which no server ever sees. */
export type Letter = { subject: string; body: string };

export const verifyLetter = (origin: string, token: string): Letter => ({
  subject: "Verify your address for Launchpad",
  body: `Welcome to Launchpad.\n\nOpen this link to verify your address; it is valid for a day:\n${origin}/verify#token=${token}\n\nIf you didn't sign up, ignore this mail: nothing happens.\n`,
});

export const knownLetter = (origin: string): Letter => ({
  subject: "You already have a Launchpad account",
  body: `Somebody, probably you, tried to sign up with this address, which has an account already.\n\nLog in here: ${origin}/login\n\nIf it wasn't you, ignore this mail: nothing happens.\n`,
});

export const resetLetter = (origin: string, token: string): Letter => ({
  subject: "Choose a new password for Launchpad",
  body: `Somebody, probably you, asked for a new password.\n\nOpen this link within 30 minutes to choose one:\n${origin}/reset#token=${token}\n\nIf it wasn't you, ignore this mail: nothing changes.\n`,
});

export const resetUnknownLetter = (origin: string): Letter => ({
  subject: "There is no Launchpad account for this address",
  body: `Somebody, probably you, asked for a new password, but no account has this address. Perhaps you signed up with another one.\n\nSign up here: ${origin}/signup\n\nIf it wasn't you, ignore this mail.\n`,
});

export const newDeviceLetter = (origin: string, at: string, userAgent: string, address: string): Letter => ({
  subject: "A new device logged in to Launchpad",
  body: `Your account was opened from a browser that we haven't seen before.\n\nWhen: ${at}\nBrowser: ${userAgent}\nAddress: ${address}\n\nIf this was you, there is nothing to do. If not, end that session and change your password: ${origin}/account\n`,
});

export const securityLetter = (origin: string, what: string, at: string): Letter => ({
  subject: `Launchpad: ${what}`,
  body: `${what} (${at}).\n\nIf this was you, there is nothing to do. If not, log in, end all sessions and tell us: ${origin}/account\n`,
});

export const invitationLetter = (origin: string, token: string, by: string, role: string): Letter => ({
  subject: `${by} invites you to their Launchpad account`,
  body: `${by} invites you to their Launchpad account as ${role}.\n\nOpen this link within 7 days to join; log in with this address, or sign up with it first:\n${origin}/invitation#token=${token}\n\nIf you don't know them, ignore this mail: nothing happens.\n`,
});

export const closingLetter = (origin: string, until: string): Letter => ({
  subject: "Your Launchpad account is being closed",
  body: `All assistants of the account are stopped. On ${until} everything in it is destroyed for good: assistants, their data, backups and secrets. Invoices are kept as long as the law asks.\n\nUntil then you can export everything, or change your mind: ${origin}/account\n`,
});

export const destroyedLetter = (at: string): Letter => ({
  subject: "Your Launchpad account has been destroyed",
  body: `As you asked, your account was destroyed on ${at}: assistants, their data, backups, secrets and the keys that sealed them. What remains are invoices, where there were any, and a record without names or addresses of what was done.\n`,
});

export const extrasLetter = (
  origin: string,
  percent: number,
  spentCents: number,
  capCents: number,
): Letter => ({
  subject: `Extras have come to ${percent} % of your limit`,
  body: `This month's extras beside your plan have come to ${dollarsOf(spentCents)} of the ${dollarsOf(capCents)} you allow. You are never charged more than that; what is there stays.\n\nSee what they are, or change the limit: ${origin}/account/billing\n`,
});
