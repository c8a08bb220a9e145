import { invalid } from "../errors.ts";
import type { Charge, Refund } from "../wire.ts";
import type { World } from "../world.ts";

/** Money given back, of a charge and at most what it took. The invoice it paid stays paid. */
export function refundCharge(
  w: World,
  charge: Charge,
  options: { amount: number | undefined; reason: Refund["reason"]; metadata: Record<string, string> },
): Refund {
  if (charge.status !== "succeeded")
    throw invalid(`This ${charge.id} charge has not succeeded, so it can't be refunded.`, {
      param: "charge",
    });
  if (charge.refunded)
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  // The bank has the money back already.
  if (charge.disputed)
    throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: "charge_disputed",
    });
  const left = charge.amount - charge.amount_refunded;
  const amount = options.amount ?? left;
  if (amount <= 0 || amount > left)
    throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: "amount",
    });
  const refund: Refund = {
    id: w.id("re"),
    object: "refund",
    amount,
    balance_transaction: w.id("txn"),
    charge: charge.id,
    created: w.now(w.clockOf(charge.customer)),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    metadata: options.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: options.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  w.store.put("refunds", refund);
  w.emit("refund.created", refund);
  w.emit("charge.refunded", charge);
  return refund;
}
