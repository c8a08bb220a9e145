import { html } from "hono/html";
import { collect } from "../billing/collection.ts";
import { attachMethod, makeMethod } from "../billing/methods.ts";
import { refusalOf } from "../billing/payments.ts";
import type { Invoice } from "../wire.ts";
import type { World } from "../world.ts";
import { action, alert, layout, money } from "./layout.ts";

/** An invoice as its customer finds it behind `hosted_invoice_url`. */
export const invoicePage = (invoice: Invoice, message: string | null) =>
  layout(
    `Invoice ${invoice.number}`,
    html`${alert(message)}
      <table>
        <tbody>
          ${invoice.lines.data.map(
            ({ description, amount, currency }) =>
              html`<tr>
                <td>${description}</td>
                <td>${money(amount, currency)}</td>
              </tr>`,
          )}
          <tr>
            <th>Due</th>
            <th>${money(invoice.amount_due, invoice.currency)}</th>
          </tr>
        </tbody>
      </table>
      <p>${invoice.status}</p>
      ${invoice.status === "open" ? action({ card: "visa" }, "Pay with a good card") : ""}`,
  );

export function payInvoice(w: World, id: string): void {
  const invoice = w.find("invoices", id);
  const customer = w.find("customers", invoice.customer ?? "");
  const method = makeMethod(w, { token: "visa", clock: invoice.test_clock });
  attachMethod(w, method, customer);
  const failed = collect(w, invoice, { method, isOffSession: false, isAuthenticated: true });
  if (failed !== null && failed !== "no method") throw refusalOf(failed, { keepsWork: true });
}
