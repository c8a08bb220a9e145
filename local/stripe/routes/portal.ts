import { z } from "zod";
import { ignored, text } from "../params.ts";
import { type Route, route } from "../route.ts";
import type { PortalSession } from "../wire.ts";

/** Pages for customers; `pages/portal.ts` shows them. */
export const portalRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/billing_portal/sessions",
    z.strictObject({ customer: text, return_url: text.optional(), locale: ignored, configuration: ignored }),
    (w, input) => {
      w.find("customers", input.customer, "customer");
      const id = w.id("bps");
      const session: PortalSession = {
        id,
        object: "billing_portal.session",
        configuration: "bpc_local",
        created: w.now(w.clockOf(input.customer)),
        customer: input.customer,
        customer_account: null,
        flow: null,
        livemode: false,
        locale: null,
        on_behalf_of: null,
        return_url: input.return_url ?? null,
        url: `${w.url}/p/session/${id}`,
      };
      w.store.put("portals", session);
      return session;
    },
  ),
];
