import { createHash } from "node:crypto";
import { Hono } from "hono";
import { LONG } from "../../worker/domain/common-passwords-list.ts";
import type { Listener } from "../process/listen.ts";
import { listen } from "../process/listen.ts";

/**
 * Stands in for the vendors that are only asked something: breached passwords (haveibeenpwned's range API) and the
 * harmless calls a customer's key is tried with. A key that contains `invalid` is refused, one with `down` meets a
 * provider that has trouble, every other one works.
 */
const breached = new Map<string, string[]>();
for (const password of LONG.split(" ")) {
  const hash = createHash("sha1").update(password).digest("hex").toUpperCase();
  breached.set(hash.slice(0, 5), [...(breached.get(hash.slice(0, 5)) ?? []), hash.slice(5)]);
}

const bearerOf = (header: string | undefined): string => (header ?? "").replace(/^Bearer /, "");

function judge(key: string): { status: 200 | 401 | 503; body: object } {
  if (key.includes("down")) return { status: 503, body: { error: { message: "overloaded" } } };
  if (key === "" || key.includes("invalid"))
    return { status: 401, body: { error: { message: "invalid key" } } };
  return { status: 200, body: { data: [] } };
}

export function startVendors(options: { port: number }): Promise<Listener> {
  const app = new Hono();
  app.get("/breaches/range/:prefix", (c) => {
    const found = breached.get(c.req.param("prefix").toUpperCase()) ?? [];
    // Padding, as the real service answers when asked for it: lines that count nothing.
    const padding = Array.from({ length: 8 }, (_, index) => `${String(index).padStart(35, "0")}:0`);
    return c.text([...found.map((suffix) => `${suffix}:42`), ...padding].join("\r\n"));
  });
  app.get("/anthropic/v1/models", (c) => {
    const { status, body } = judge(c.req.header("x-api-key") ?? "");
    return c.json(body, status);
  });
  for (const path of ["/openai/v1/models", "/openrouter/api/v1/key"])
    app.get(path, (c) => {
      const { status, body } = judge(bearerOf(c.req.header("authorization")));
      return c.json(body, status);
    });
  app.get("/telegram/:bot/getMe", (c) => {
    const { status } = judge(c.req.param("bot"));
    return status === 200
      ? c.json({ ok: true, result: { id: 1, is_bot: true, username: "local_bot" } })
      : c.json({ ok: false, error_code: status, description: "Unauthorized" }, status);
  });
  return listen((request) => app.fetch(request), options.port);
}

/** The Worker's variables that lead here. */
export const vendorVars = (url: string): Readonly<Record<string, string>> => ({
  BREACHES_BASE: `${url}/breaches`,
  ANTHROPIC_BASE: `${url}/anthropic`,
  OPENAI_BASE: `${url}/openai`,
  OPENROUTER_BASE: `${url}/openrouter`,
  TELEGRAM_BASE: `${url}/telegram`,
});
