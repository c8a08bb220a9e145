/** The contract's types reach code that reads a body the way workerd types it; the browser's `Body` says less. */
// oxlint-disable-next-line typescript/consistent-type-definitions -- Only an interface merges with the DOM's own.
interface Body {
  json<T>(): Promise<T>;
}
