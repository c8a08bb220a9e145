import { invalid } from "./errors.ts";

/** A decoded form: strings, nested as their keys say. */
export type Form = { [key: string]: Field };
type Field = string | Field[] | Form;

/** More than anybody sends; what a form can make us build is bounded. */
const DEPTH_MAX = 8;
const FIELDS_MAX = 1_000;

/** `a[b][0]=x&a[c][]=y` to `{a: {b: ["x"], c: ["y"]}}`, as Stripe reads bodies and query strings. */
export function decodeForm(text: string): Form {
  const root: Form = emptyForm();
  const pairs = [...new URLSearchParams(text)];
  if (pairs.length > FIELDS_MAX) throw invalid("Too many parameters.");
  for (const [key, value] of pairs) {
    const path = pathOf(key);
    if (path.length > DEPTH_MAX) throw invalid(`Invalid parameter: ${key}.`, { param: key });
    place(root, path, value);
  }
  return arraysOf(root) as Form; // The root is never an array: see below.
}

const emptyForm = (): Form => Object.create(null) as Form; // No prototype, so no key is special.

function pathOf(key: string): string[] {
  const [head = "", ...rest] = key.split("[");
  return [head, ...rest.map((part) => part.replace(/\]$/, ""))];
}

function place(form: Form, [key = "", ...rest]: string[], value: string): void {
  // `[]` appends.
  const name = key === "" ? String(Object.keys(form).length) : key;
  if (rest.length === 0) {
    form[name] = value;
    return;
  }
  const inner = form[name];
  const next = typeof inner === "object" && !Array.isArray(inner) ? inner : emptyForm();
  form[name] = next;
  place(next, rest, value);
}

/** Objects whose keys are 0, 1, 2, … are arrays. */
function arraysOf(field: Field, isRoot = true): Field {
  if (typeof field === "string" || Array.isArray(field)) return field;
  const keys = Object.keys(field);
  const isArray = !isRoot && keys.length > 0 && keys.every((key) => /^\d+$/.test(key));
  if (isArray)
    return keys.toSorted((a, b) => Number(a) - Number(b)).map((key) => arraysOf(field[key] ?? "", false));
  for (const key of keys) field[key] = arraysOf(field[key] ?? "", false);
  return field;
}
