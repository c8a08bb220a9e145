import { html } from "hono/html";
import type { openApiDocument } from "./openapi.ts";

/** The API for people: one static page, no script, made from the same document. */
export function docsPage(document: ReturnType<typeof openApiDocument>) {
  const shared: Readonly<Record<string, { description?: string }>> = document.components?.responses ?? {};
  const wordsOf = ({ $ref = "", description }: Answer): string =>
    description ?? shared[$ref.slice($ref.lastIndexOf("/") + 1)]?.description ?? "";
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({
      path,
      method,
      operation: operation as Described,
    })),
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Launchpad API</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              16px/1.5 system-ui,
              sans-serif;
          }
          body {
            max-width: 48rem;
            margin: 3rem auto;
            padding: 0 1rem;
          }
          code {
            font-size: 0.95em;
          }
          article {
            border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent);
            padding: 1rem 0;
          }
          h2 {
            font-size: 1rem;
            margin: 0;
          }
          p,
          li {
            margin: 0.25rem 0;
          }
        </style>
      </head>
      <body>
        <h1>Launchpad API</h1>
        <p>
          Under <code>/api</code> of the dashboard. The machine-readable form is
          <a href="openapi.json">openapi.json</a>.
        </p>
        ${operations.map(
          ({ path, method, operation }) =>
            html`<article id="${operation.operationId ?? ""}">
              <h2><code>${method.toUpperCase()} ${path}</code></h2>
              <p>${operation.summary ?? ""}${operation.security?.length === 0 ? " (public)" : ""}</p>
              ${operation.description === undefined ? "" : html`<p>${operation.description}</p>`}
              <ul>
                ${Object.entries(operation.responses ?? {}).map(
                  ([status, response]) => html`<li><code>${status}</code> ${wordsOf(response)}</li>`,
                )}
              </ul>
            </article>`,
        )}
      </body>
    </html>`;
}

type Described = {
  operationId?: string;
  summary?: string;
  description?: string;
  security?: readonly unknown[];
  responses?: Readonly<Record<string, Answer>>;
};

type Answer = { $ref?: string; description?: string };
