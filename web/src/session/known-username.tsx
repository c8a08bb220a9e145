/** Tells password managers whose password a form is about; nobody else needs to see it. */
export function KnownUsername({ email }: { email: string }) {
  return (
    <input type="text" name="username" autoComplete="username" value={email} readOnly className="hidden" />
  );
}
