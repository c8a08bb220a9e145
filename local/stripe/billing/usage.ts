import type { World } from "../world.ts";
import type { Period } from "./period.ts";

/** What a customer used of a meter within a period, by its events. */
export function usageOf(w: World, customer: string, meterId: string | null, period: Period): number {
  const meter = meterId === null ? undefined : w.store.get("meters", meterId);
  if (meter === undefined) return 0;
  const values = w.store
    .all("meter_events")
    .filter(
      ({ event_name, payload, timestamp }) =>
        event_name === meter.event_name &&
        payload[meter.customer_mapping.event_payload_key] === customer &&
        timestamp >= period.start &&
        timestamp < period.end,
    )
    .map(({ payload }) => Number(payload[meter.value_settings.event_payload_key] ?? 1));
  if (meter.default_aggregation.formula === "count") return values.length;
  if (meter.default_aggregation.formula === "last") return values.at(-1) ?? 0;
  return values.reduce((sum, value) => sum + value, 0);
}
