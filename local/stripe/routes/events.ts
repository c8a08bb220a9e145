import { z } from "zod";
import { catchUp } from "../billing/life.ts";
import { invalid } from "../errors.ts";
import { flag, instant, text } from "../params.ts";
import { listRoute, type Route, route } from "../route.ts";

const none = z.strictObject({});
/** Stripe lists thirty days. */
const EVENTS_KEPT_S = 30 * 86_400;
const DELETED_AFTER_S = 30 * 86_400;
/** Stripe refuses to go further in one step: two intervals of the longest price. */
const ADVANCE_MAX_S = 2 * 366 * 86_400;

export const eventRoutes: readonly Route[] = [
  route("GET", "/v1/events/:id", none, (w, _, id) => w.find("events", id)),
  listRoute(
    "/v1/events",
    "events",
    { type: text.optional(), types: z.array(text).max(20).optional(), delivery_success: flag.optional() },
    (event, { type, types, delivery_success: isDelivered }, w) =>
      event.created >= w.now(null) - EVENTS_KEPT_S &&
      (type ?? event.type) === event.type &&
      (types?.includes(event.type) ?? true) &&
      (isDelivered === undefined || isDelivered === (event.pending_webhooks === 0)),
  ),

  route(
    "POST",
    "/v1/test_helpers/test_clocks",
    z.strictObject({ frozen_time: instant, name: text.optional() }),
    (w, input) => {
      const clock = {
        id: w.id("clock"),
        object: "test_helpers.test_clock" as const,
        created: w.now(null),
        deletes_after: w.now(null) + DELETED_AFTER_S,
        frozen_time: input.frozen_time,
        livemode: false,
        name: input.name ?? null,
        status: "ready" as const,
        status_details: {},
      };
      w.store.put("clocks", clock);
      w.emit("test_helpers.test_clock.created", clock);
      return clock;
    },
  ),
  route("GET", "/v1/test_helpers/test_clocks/:id", none, (w, _, id) => w.find("clocks", id)),
  route(
    "POST",
    "/v1/test_helpers/test_clocks/:id/advance",
    z.strictObject({ frozen_time: instant }),
    (w, input, id) => {
      const clock = w.find("clocks", id);
      if (input.frozen_time <= clock.frozen_time)
        throw invalid("The new frozen_time must be after the current one.", { param: "frozen_time" });
      if (input.frozen_time > clock.frozen_time + ADVANCE_MAX_S)
        throw invalid("A test clock can't be advanced by more than two years at once.", {
          param: "frozen_time",
        });
      catchUp(w, id, input.frozen_time);
      clock.frozen_time = input.frozen_time;
      w.emit("test_helpers.test_clock.ready", clock);
      // Stripe needs a while, so callers have to ask whether it is done.
      return { ...clock, status: "advancing" };
    },
  ),
  route("DELETE", "/v1/test_helpers/test_clocks/:id", none, (w, _, id) => {
    w.find("clocks", id);
    for (const { id: customer, test_clock } of w.store.all("customers"))
      if (test_clock === id) w.store.delete("customers", customer);
    for (const { id: subscription, test_clock } of w.store.all("subscriptions"))
      if (test_clock === id) w.store.delete("subscriptions", subscription);
    w.store.delete("clocks", id);
    return { id, object: "test_helpers.test_clock", deleted: true };
  }),
];
