import type { MailName } from "./entitlement/effects.ts";

/** What customers are written about their plan. Each name is one of `entitlement/notices.ts` or `effects.ts`. */
type Words = { origin: string; until: string | null };
type Letter = { subject: string; body: string };

const PAY = ({ origin }: Words) => `Pay here: ${origin}/account/billing\n`;
const CHOOSE = ({ origin }: Words) => `Choose a plan here: ${origin}/account/billing\n`;
const by = ({ until }: Words) => until ?? "soon";

const LETTERS: Readonly<Record<MailName, (words: Words) => Letter>> = {
  "grace.day0": (words) => ({
    subject: "Your last payment to Launchpad failed",
    body: `Your card was not charged. Your assistants go on running; we try again, and until ${by(words)} nothing stops.\n\n${PAY(words)}`,
  }),
  "grace.day3": (words) => ({
    subject: "Your payment is still open",
    body: `Your assistants still run, but nothing new can be made until the payment has arrived. On ${by(words)} they stop. Nothing is deleted then.\n\n${PAY(words)}`,
  }),
  "grace.day6": (words) => ({
    subject: "Your assistants stop tomorrow",
    body: `Your payment is still open. On ${by(words)} your assistants stop; all their data is kept, and they are back at once when you pay.\n\n${PAY(words)}`,
  }),
  "suspended.unpaid": (words) => ({
    subject: "Your assistants are stopped",
    body: `Your payment has not arrived, so your assistants are stopped. All their data is kept. They are back at once when you pay.\n\n${PAY(words)}`,
  }),
  "suspended.dispute": () => ({
    subject: "Your assistants are stopped: a payment is disputed",
    body: "A payment to Launchpad is disputed at your bank, so your assistants are stopped until that is settled. All their data is kept. If this is a mistake, tell your bank, or answer this mail.\n",
  }),
  "retention.day0": (words) => ({
    subject: "Your plan has ended",
    body: `Your assistants are stopped. Their data is kept until ${by(words)}; until then you can export it, or choose a plan and go on where you stopped.\n\n${CHOOSE(words)}`,
  }),
  "retention.day14": (words) => ({
    subject: "Your data is still here",
    body: `Your plan has ended two weeks ago. Your assistants' data is kept until ${by(words)}.\n\n${CHOOSE(words)}`,
  }),
  "retention.day27": (words) => ({
    subject: "Your data is deleted in three days",
    body: `Your assistants' data is kept until ${by(words)}. Export it before, or choose a plan to keep it.\n\n${CHOOSE(words)}`,
  }),
  "trial_ended.day0": (words) => ({
    subject: "Your trial has ended",
    body: `Your assistants are stopped. Their data is kept until ${by(words)}: choose a plan until then and they go on where they stopped.\n\n${CHOOSE(words)}`,
  }),
  "trial_ended.day5": (words) => ({
    subject: "Your trial's data is deleted in two days",
    body: `Your assistants' data is kept until ${by(words)}. Export it before, or choose a plan to keep it.\n\n${CHOOSE(words)}`,
  }),
  destroying: (words) => ({
    subject: "Your data is about to be deleted",
    body: `The time to keep your assistants' data is over. It is deleted from ${by(words)} on. This is the last day to keep it.\n\n${CHOOSE(words)}`,
  }),
  destroyed: ({ origin }) => ({
    subject: "Your data is deleted: receipt",
    body: `Your assistants, their volumes and snapshots, and the keys that sealed their secrets are deleted, as announced. Your account, your invoices and its record remain; you can begin anew whenever you like.\n\n${origin}/account/billing\n`,
  }),
  restored: ({ origin }) => ({
    subject: "Your assistants are back",
    body: `Thank you. Your assistants start again, with everything as it was.\n\n${origin}\n`,
  }),
};

export const billingLetter = (name: MailName, words: Words): Letter => LETTERS[name](words);
