import { catchUp } from "../billing/life.ts";
import { cardOf } from "../billing/cards.ts";
import { successUrl } from "../billing/checkout.ts";
import { StripeError } from "../errors.ts";
import type { App } from "../api.ts";
import type { Webhooks } from "../webhooks.ts";
import type { World } from "../world.ts";
import { checkoutPage, choiceSchema, consentPage, payCheckout } from "./checkout.ts";
import { invoicePage, payInvoice } from "./invoice.ts";
import { act, actionSchema, portalPage } from "./portal.ts";

/** What people see in their browser. Who knows the address of a page is who it is for, as at Stripe. */
export function mountPages(app: App, { world: w, webhooks }: { world: World; webhooks: Webhooks }): void {
  /** Answers what was refused, in words for the page. */
  const attempt = (work: () => void): string | null => {
    catchUp(w, null, w.now(null));
    try {
      return w.store.transaction(() => kept(work));
    } catch (error) {
      if (error instanceof StripeError) return error.message;
      throw error;
    } finally {
      void webhooks.settle();
    }
  };
  app.get("/c/pay/:id", (c) => c.html(checkoutPage(w, w.find("sessions", c.req.param("id")), null)));
  app.post("/c/pay/:id", async (c) => {
    const id = c.req.param("id");
    const choice = choiceSchema.safeParse(await c.req.parseBody());
    if (!choice.success) return c.html(checkoutPage(w, w.find("sessions", id), "Choose a card."), 400);
    const { card, consent } = choice.data;
    if (cardOf(card).challenge === "always" && consent === undefined) return c.html(consentPage(card));
    const refused = attempt(() => payCheckout(w, id, choice.data));
    const session = w.find("sessions", id);
    return refused === null
      ? c.redirect(successUrl(session), 303)
      : c.html(checkoutPage(w, session, refused), 402);
  });

  app.get("/p/session/:id", (c) => c.html(portalPage(w, c.req.param("id"), null)));
  app.post("/p/session/:id", async (c) => {
    const id = c.req.param("id");
    const input = actionSchema.safeParse(await c.req.parseBody());
    if (!input.success) return c.html(portalPage(w, id, "That can't be done here."), 400);
    const refused = attempt(() => act(w, id, input.data));
    return refused === null ? c.redirect(`/p/session/${id}`, 303) : c.html(portalPage(w, id, refused), 402);
  });

  app.get("/i/:id", (c) => c.html(invoicePage(w.find("invoices", c.req.param("id")), null)));
  app.post("/i/:id", (c) => {
    const id = c.req.param("id");
    const refused = attempt(() => payInvoice(w, id));
    return refused === null
      ? c.redirect(`/i/${id}`, 303)
      : c.html(invoicePage(w.find("invoices", id), refused), 402);
  });
}

/** A payment that failed stays on record. */
function kept(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof StripeError && error.keepsWork) return error.message;
    throw error;
  }
}
