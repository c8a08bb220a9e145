/** An amount in its currency's smallest unit; whole amounts without their zeros where that is asked for. */
export function formatMoney(cents: number, currency = "usd", isShort = false): string {
  const format = new Intl.NumberFormat("en-GB", {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    trailingZeroDisplay: isShort ? "stripIfInteger" : "auto",
  });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  return format.format(cents / 10 ** maximumFractionDigits);
}
