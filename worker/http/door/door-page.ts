import { html } from "hono/html";

/** What a person reads at the door when they can't go in. `retry`: the page looks again by itself. */
export const doorPage = (input: {
  title: string;
  text: string;
  link: { to: string; words: string };
  retry: boolean;
}) =>
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
          /* A browser's own blue is too dark on its own black. */
          a {
            color: inherit;
          }
        </style>
      </head>
      <body>
        <main>
          <h1>${input.title}</h1>
          <p>${input.text}</p>
          <p><a href="${input.link.to}">${input.link.words}</a></p>
        </main>
      </body>
    </html>`;
