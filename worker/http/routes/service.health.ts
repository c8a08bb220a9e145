import { health } from "../../contract/catalog.ts";
import { operation } from "../route.ts";

export const serviceHealth = operation(health, (c) => c.json({ ok: true } as const, 200));
