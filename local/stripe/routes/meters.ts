import { z } from "zod";
import { usageOf } from "../billing/usage.ts";
import { DAY_S } from "../billing/period.ts";
import { newMeter } from "../catalog.ts";
import { invalid } from "../errors.ts";
import { ignored, instant, text } from "../params.ts";
import { listOf } from "../page.ts";
import type { MeterEventSummary } from "../wire.ts";
import { listRoute, type Route, route } from "../route.ts";

const none = z.strictObject({});
const MINUTE_S = 60;

export const meterRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/billing/meters",
    z.strictObject({
      display_name: text,
      event_name: text,
      default_aggregation: z.strictObject({ formula: z.enum(["sum", "count", "last"]) }),
      customer_mapping: ignored,
      value_settings: ignored,
    }),
    (w, input) => {
      if (w.store.all("meters").some(({ event_name }) => event_name === input.event_name))
        throw invalid(`An active meter already exists with event_name ${input.event_name}.`, {
          param: "event_name",
        });
      const meter = newMeter(w, {
        id: w.id("mtr_test"),
        eventName: input.event_name,
        displayName: input.display_name,
        aggregation: input.default_aggregation.formula,
      });
      w.emit("billing.meter.created", meter);
      return meter;
    },
  ),
  route("GET", "/v1/billing/meters/:id", none, (w, _, id) => w.find("meters", id)),
  listRoute("/v1/billing/meters", "meters", { status: text.optional() }, (meter, input) =>
    [undefined, meter.status].includes(input.status as "active" | undefined),
  ),

  route(
    "POST",
    "/v1/billing/meter_events",
    z.strictObject({
      event_name: text,
      payload: z.record(z.string(), z.string()),
      identifier: z.string().min(1).max(100).optional(),
      timestamp: instant.optional(),
    }),
    (w, input) => {
      const meter = w.store.all("meters").find(({ event_name }) => event_name === input.event_name);
      if (meter === undefined)
        throw invalid(`No active meter found for event_name ${input.event_name}.`, { param: "event_name" });
      const customer = input.payload[meter.customer_mapping.event_payload_key];
      if (customer === undefined || w.store.get("customers", customer) === undefined)
        throw invalid(`No such customer: '${customer ?? ""}'`, { param: "payload" });
      const value = input.payload[meter.value_settings.event_payload_key] ?? "1";
      if (!/^\d+(\.\d+)?$/.test(value)) throw invalid("The value must be a number.", { param: "payload" });
      const now = w.now(w.clockOf(customer));
      const timestamp = input.timestamp ?? now;
      if (timestamp < now - 35 * DAY_S || timestamp > now + 300)
        throw invalid(
          "The timestamp must be within the past 35 calendar days or up to 5 minutes in the future.",
          {
            param: "timestamp",
          },
        );
      const identifier = input.identifier ?? w.id("mev");
      // Once for each identifier, whatever else comes with it the second time; Stripe promises to remember it for a day.
      const known = w.store
        .all("meter_events")
        .find((one) => one.identifier === identifier && one.created > now - DAY_S);
      if (known !== undefined)
        throw invalid(`An event already exists with identifier ${identifier}.`, {
          code: "resource_already_exists",
        });
      const event = {
        object: "billing.meter_event" as const,
        created: now,
        event_name: input.event_name,
        identifier,
        livemode: false,
        payload: input.payload,
        timestamp,
      };
      w.store.put("meter_events", { id: w.id("mev"), ...event });
      return event;
    },
  ),
  route(
    "GET",
    "/v1/billing/meters/:id/event_summaries",
    z.strictObject({ customer: text, start_time: instant, end_time: instant, limit: ignored }),
    (w, input, id) => {
      const meter = w.find("meters", id);
      w.find("customers", input.customer, "customer");
      for (const param of ["start_time", "end_time"] as const)
        if (input[param] % MINUTE_S !== 0)
          throw invalid(`The ${param} must be aligned with minute boundaries.`, { param });
      if (input.end_time <= input.start_time)
        throw invalid("The end_time must be after the start_time.", { param: "end_time" });
      const period = { start: input.start_time, end: input.end_time };
      const summary: MeterEventSummary = {
        id: w.id("mtrusg_test"),
        object: "billing.meter_event_summary",
        aggregated_value: usageOf(w, input.customer, meter.id, period),
        end_time: period.end,
        livemode: false,
        meter: meter.id,
        start_time: period.start,
      };
      return listOf(`/v1/billing/meters/${meter.id}/event_summaries`, [summary]);
    },
  ),

  // Plans are the Worker's own table; nothing is granted here.
  route(
    "GET",
    "/v1/entitlements/active_entitlements",
    z.strictObject({ customer: text, limit: ignored }),
    (w, input) => {
      w.find("customers", input.customer, "customer");
      return listOf("/v1/entitlements/active_entitlements", []);
    },
  ),
];
