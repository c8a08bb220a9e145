/** Whether line breaks are part of a pasted value; the one that many copy along at its end is not. */
export const hasSeveralLines = (text: string): boolean => /[\r\n]/.test(text.trim());
