/** Apart from what uses them, so that a page can ask without loading that. */
export const canUsePasskeys = (): boolean => "PublicKeyCredential" in globalThis;
