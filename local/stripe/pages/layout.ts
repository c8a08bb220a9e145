import { html } from "hono/html";

type Html = ReturnType<typeof html>;

/** Every page says what it is: nobody should take it for Stripe's own. */
export const layout = (title: string, body: Html) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              16px/1.5 system-ui,
              sans-serif;
          }
          body {
            max-width: 36rem;
            margin: 3rem auto;
            padding: 0 1rem;
          }
          aside {
            border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
            border-radius: 0.5rem;
            padding: 0.5rem 1rem;
          }
          form {
            display: inline-block;
            margin: 0.25rem 0.25rem 0.25rem 0;
          }
          button {
            font: inherit;
            padding: 0.5rem 1rem;
          }
          table {
            width: 100%;
            border-collapse: collapse;
          }
          th,
          td {
            text-align: left;
            padding: 0.25rem 0;
          }
          [role="alert"] {
            font-weight: 600;
          }
        </style>
      </head>
      <body>
        <aside>This is the local Stripe of this computer. No money moves here, and no card is real.</aside>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;

export const alert = (message: string | null): Html | "" =>
  message === null ? "" : html`<p role="alert">${message}</p>`;

/** A button that sends these fields. */
export const action = (fields: Readonly<Record<string, string>>, label: string): Html =>
  html`<form method="post">
    ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button>${label}</button>
  </form>`;

export function money(amount: number | null, currency: string | null): string {
  if (amount === null) return "";
  return new Intl.NumberFormat("en-US", { style: "currency", currency: currency ?? "usd" }).format(
    amount / 100,
  );
}

export const day = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 10);
