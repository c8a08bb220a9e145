import type { Access } from "../domain/access.ts";
import { SCOPES } from "../domain/access.ts";

/**
 * What the generator can't know of the document: what holds for every operation because something in front of all of
 * them sees to it (`app.ts`, `route.ts`), said in one place.
 */
type Schema = {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
};
type Response = {
  $ref?: string;
  description?: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema?: Schema }>;
};
type OperationObject = {
  description?: string;
  requestBody?: unknown;
  responses?: Record<string, Response>;
  "x-access"?: Access;
};
type Document = {
  paths?: Record<string, Record<string, OperationObject>>;
  components?: { schemas?: Record<string, Schema>; responses?: Record<string, Response> };
};

const operationsOf = (document: object): OperationObject[] =>
  Object.values((document as Document).paths ?? {}).flatMap((methods) => Object.values(methods)); // Our own.

/** Who may call it, and the headers that every answer carries. */
export function describeOperations(document: object): void {
  for (const operation of operationsOf(document)) {
    const access = operation["x-access"];
    if (access !== undefined)
      operation.description = [operation.description, ...accessWords(access)].filter(Boolean).join(" ");
    for (const [status, response] of Object.entries(operation.responses ?? {}))
      if (status !== "101") response.headers = { ...response.headers, ...headersOf(status) };
  }
}

const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

const headersOf = (status: string): Record<string, unknown> => ({
  "X-Request-Id": header("RequestId"),
  "X-RateLimit-Limit": header("RateLimit"),
  ...(status === "429" || status === "503" ? { "Retry-After": header("RetryAfter") } : {}),
});

function accessWords(access: Access): string[] {
  switch (access.who) {
    case "anybody":
      return ["For anybody: nobody has to be signed in."];
    case "operator":
      return ["For operators alone."];
    case "person":
      return [
        "For a person who is signed in, about themself; never for an API token.",
        ...(access.stepUp === true ? ["Needs a fresh proof of who they are (`POST /auth/step-up`)."] : []),
      ];
    case "account": {
      const isScope = SCOPES.includes(access.permission);
      return [
        `Needs the permission \`${access.permission}\` in the account one acts for: ${isScope ? "by one's role, or as a scope of an API token" : "by one's role; no API token has it"}.`,
        ...(access.stepUp === true
          ? [
              `Needs a fresh proof of who one is (\`POST /auth/step-up\`)${isScope ? "; an API token with the scope needs none" : ""}.`,
            ]
          : []),
      ];
    }
  }
}

/** An answer has the fields that are described and no other: what is let out by accident is found out. */
export function closeAnswers(document: object): void {
  const schemas = (document as Document).components?.schemas ?? {}; // Our own.
  const asked = new Set<string>();
  for (const { requestBody } of operationsOf(document)) collectRefs(requestBody, schemas, asked);
  for (const [name, schema] of Object.entries(schemas)) if (!asked.has(name)) close(schema);
  for (const { responses } of operationsOf(document))
    for (const { content } of Object.values(responses ?? {}))
      for (const { schema } of Object.values(content ?? {})) if (schema !== undefined) close(schema);
}

const REF = /^#\/components\/schemas\/(.+)$/;

/** The names of the schemas that something refers to, near or far. */
function collectRefs(value: unknown, schemas: Readonly<Record<string, Schema>>, found: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const name = key === "$ref" ? REF.exec(String(inner))?.[1] : undefined;
    if (name === undefined) collectRefs(inner, schemas, found);
    else if (!found.has(name)) {
      found.add(name);
      collectRefs(schemas[name], schemas, found);
    }
  }
}

function close(schema: Schema): void {
  if (schema.properties !== undefined) schema.additionalProperties ??= false;
  // The parts of an `allOf` narrow one closed object: closed themselves, they would shut each other out.
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...Object.values(schema.properties ?? {})];
  for (const part of parts) close(part);
  if (schema.items !== undefined) close(schema.items);
}

/** The same problem is written once, however many operations answer it. */
export function shareProblems(document: object): void {
  const { components = {} } = document as Document; // Our own.
  const shared = (components.responses ??= {});
  for (const { responses = {} } of operationsOf(document))
    for (const [status, response] of Object.entries(responses)) {
      if (!("application/problem+json" in (response.content ?? {}))) continue;
      const codes = [...(response.description ?? "").matchAll(/`([a-z_.]+)`/g)].map(([, code]) => code);
      const name = [status, ...codes].join("-");
      shared[name] ??= response;
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
}
