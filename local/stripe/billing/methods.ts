import { declined, invalid, missing } from "../errors.ts";
import type { Customer, PaymentMethod } from "../wire.ts";
import type { World } from "../world.ts";
import type { CardToken } from "./cards.ts";
import { cardOf, newPaymentMethod, tokenOf } from "./cards.ts";

/** Cards as their owners keep them with the account. */
export function makeMethod(
  w: World,
  options: {
    token: CardToken;
    clock: string | null;
    billing?: Partial<PaymentMethod["billing_details"]>;
    metadata?: Record<string, string>;
  },
): PaymentMethod {
  const { token, clock, billing = {}, metadata = {} } = options;
  const method = newPaymentMethod({ id: w.id("pm"), token, created: w.now(clock), billing, metadata });
  w.store.put("payment_methods", method);
  w.store.put("cards", { id: method.id, token, isSetUp: false });
  return method;
}

/** By its id; the name of a test card makes one. */
export function findMethod(w: World, name: string, param: string, clock: string | null): PaymentMethod {
  const token = tokenOf(name);
  if (token !== null && name.startsWith("pm_card_")) return makeMethod(w, { token, clock });
  const found = w.store.get("payment_methods", name);
  if (found === undefined) throw missing("PaymentMethod", name, param);
  return found;
}

/** The bank is asked whether the card exists, so some fail here. */
export function attachMethod(w: World, method: PaymentMethod, customer: Customer): void {
  if (method.customer === customer.id) return;
  if (method.customer !== null)
    throw invalid("The payment method you provided has already been attached to a customer.");
  const refusal = cardOf(w.find("cards", method.id).token).attach;
  if (refusal !== undefined) throw declined(refusal, { keepsWork: false });
  method.customer = customer.id;
  w.emit("payment_method.attached", method);
}

/** The customer's own, which is what invoices and subscriptions are paid with. */
export function ownMethod(w: World, name: string, customer: Customer, param: string): PaymentMethod {
  const method = findMethod(w, name, param, customer.test_clock ?? null);
  if (tokenOf(name) !== null) attachMethod(w, method, customer);
  if (method.customer !== customer.id)
    throw invalid(
      `The customer does not have a payment method with the ID ${name}. The payment method must be attached to the customer.`,
      { code: "resource_missing", param },
    );
  return method;
}
