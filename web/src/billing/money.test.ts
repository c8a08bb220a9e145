import { expect, it } from "vitest";
import { formatMoney } from "./money.ts";

it.each([
  [2500, "usd", false, "$25.00"],
  [2500, "usd", true, "$25"],
  [2550, "usd", true, "$25.50"],
  [-6400, "usd", false, "-$64.00"],
  [8900, "eur", false, "€89.00"],
  [500, "jpy", false, "¥500"],
])("%d of %s reads as its currency is written", (cents, currency, isShort, text) =>
  expect(formatMoney(cents, currency, isShort)).toBe(text),
);
