/** A key as people can type it: groups with spaces between them. */
export const groupsOf = (text: string, size: number): string =>
  (text.match(new RegExp(`.{1,${size}}`, "g")) ?? []).join(" ");
