import { Hono } from "hono";
import { html } from "hono/html";
import { z } from "zod";
import type { Listener } from "../process/listen.ts";
import { listen } from "../process/listen.ts";
import { Mailbox } from "./mailbox.ts";

/**
 * Stands in for Resend (`POST /emails` with `Idempotency-Key`) and for everybody's inbox: a page for people and
 * `GET /messages?to=` for tests.
 */
const email = z.looseObject({
  to: z.union([z.string(), z.array(z.string())]),
  subject: z.string(),
  text: z.string(),
});

export async function startMail(options: { file: string; port: number }): Promise<Listener> {
  const mailbox = await Mailbox.open(options.file);
  const app = new Hono();

  app.post("/emails", async (c) => {
    const parsed = email.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success)
      return c.json(
        { statusCode: 422, name: "validation_error", message: "to, subject and text are required" },
        422,
      );
    const id = c.req.header("idempotency-key") ?? crypto.randomUUID();
    const recipients = [parsed.data.to].flat();
    for (const to of recipients)
      await mailbox.deliver({
        id: `${id}:${to}`,
        at: new Date().toISOString(),
        to,
        subject: parsed.data.subject,
        text: parsed.data.text,
      });
    return c.json({ id });
  });

  app.get("/messages", (c) =>
    c.json(
      mailbox
        .list(c.req.query("to") ?? null)
        .map(({ to, subject, text, links }) => ({ to, subject, text, links })),
    ),
  );

  app.get("/", (c) => c.html(page(mailbox)));
  return listen((request) => app.fetch(request), options.port);
}

const page = (mailbox: Mailbox) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="3" />
        <title>Mail on this computer</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              16px/1.5 system-ui,
              sans-serif;
          }
          body {
            max-width: 44rem;
            margin: 3rem auto;
            padding: 0 1rem;
          }
          article {
            border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent);
            padding: 1rem 0;
          }
          h2 {
            font-size: 1rem;
            margin: 0;
          }
          pre {
            white-space: pre-wrap;
            overflow-wrap: anywhere;
            font: inherit;
          }
        </style>
      </head>
      <body>
        <h1>Mail</h1>
        <p>Everything Launchpad sends from this computer arrives here and nowhere else.</p>
        ${mailbox.list(null).map(
          (message) =>
            html`<article>
              <h2>${message.subject}</h2>
              <p>To ${message.to}, <time>${message.at}</time></p>
              <pre>${message.text}</pre>
              ${message.links.map((link) => html`<p><a href="${link}">${link}</a></p>`)}
            </article>`,
        )}
      </body>
    </html>`;
