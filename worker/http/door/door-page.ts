import { html } from "hono/html";

/** What a person reads at the door when they can't go in. `retry`: the page looks again by itself. */
export const doorPage = (input: { title: string; text: string; dashboard: string; retry: boolean }) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${input.retry ? html`<meta http-equiv="refresh" content="5" />` : ""}
        <title>${input.title}</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              16px/1.5 system-ui,
              sans-serif;
          }
          body {
            max-width: 30rem;
            margin: 20vh auto;
            padding: 0 1.5rem;
            text-align: center;
          }
        </style>
      </head>
      <body>
        <h1>${input.title}</h1>
        <p>${input.text}</p>
        <p><a href="${input.dashboard}">Go to your dashboard</a></p>
      </body>
    </html>`;
