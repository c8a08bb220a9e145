/** What stands behind `#token=` in a mailed link. */
export const tokenOf = (link: string): string => new URL(link).hash.replace(/^#token=/, "");
