import { OPERATIONS } from "./routes/index.ts";

/** What may be done at a path, as `Allow` says it; null where there is nothing. */
export function allowedMethods(path: string): string | null {
  const methods = OPERATIONS.filter(({ definition }) => isAt(definition.path, path)).map(({ definition }) =>
    definition.method.toUpperCase(),
  );
  // Whatever can be read can be asked for its head (RFC 9110 §9.3.2).
  return methods.length === 0 ? null : [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
}

function isAt(template: string, path: string): boolean {
  const wanted = template.split("/");
  const parts = path.split("/");
  return (
    wanted.length === parts.length &&
    wanted.every((part, index) => (part.startsWith("{") ? parts[index] !== "" : part === parts[index]))
  );
}
