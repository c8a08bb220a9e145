import type { Customer } from "../wire.ts";
import type { World } from "../world.ts";

export function newCustomer(w: World, fields: Partial<Customer> & { clock?: string | null }): Customer {
  const { clock = null, ...given } = fields;
  const id = w.id("cus");
  const customer: Customer = {
    id,
    object: "customer",
    address: null,
    balance: 0,
    created: w.now(clock),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: clock,
    ...given,
  };
  w.store.put("customers", customer);
  return customer;
}
