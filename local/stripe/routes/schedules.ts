import { z } from "zod";
import { phaseSchema, planPhases, release, scheduleOf } from "../billing/schedules.ts";
import { endSubscription } from "../billing/subscription-end.ts";
import { ignored, mergeMetadata, metadata, text } from "../params.ts";
import { listRoute, type Route, route } from "../route.ts";

const none = z.strictObject({});

export const scheduleRoutes: readonly Route[] = [
  route("POST", "/v1/subscription_schedules", z.strictObject({ from_subscription: text }), (w, input) =>
    scheduleOf(w, w.find("subscriptions", input.from_subscription, "from_subscription")),
  ),
  route("GET", "/v1/subscription_schedules/:id", none, (w, _, id) => w.find("schedules", id)),
  route(
    "POST",
    "/v1/subscription_schedules/:id",
    z.strictObject({
      phases: z.array(phaseSchema).min(1).max(10).optional(),
      end_behavior: z.enum(["cancel", "release"]).optional(),
      metadata: metadata.optional(),
      proration_behavior: ignored,
    }),
    (w, input, id) => {
      const schedule = w.find("schedules", id);
      w.amend(schedule, "subscription_schedule.updated", () => {
        if (input.phases !== undefined) planPhases(w, schedule, input.phases);
        if (input.end_behavior !== undefined) schedule.end_behavior = input.end_behavior;
        schedule.metadata = mergeMetadata(schedule.metadata ?? {}, input.metadata);
      });
      return schedule;
    },
  ),
  route("POST", "/v1/subscription_schedules/:id/release", none, (w, _, id) => {
    const schedule = w.find("schedules", id);
    release(w, schedule);
    return schedule;
  }),
  route("POST", "/v1/subscription_schedules/:id/cancel", none, (w, _, id) => {
    const schedule = w.find("schedules", id);
    endSubscription(w, w.find("subscriptions", schedule.subscription ?? ""), "cancellation_requested");
    return w.find("schedules", id);
  }),
  listRoute(
    "/v1/subscription_schedules",
    "schedules",
    { customer: text.optional() },
    (schedule, input) => (input.customer ?? schedule.customer) === schedule.customer,
  ),
];
