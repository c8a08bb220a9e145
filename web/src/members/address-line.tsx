/** An address behind its first letter, which is decorative. */
export function AddressLine({ email }: { email: string }) {
  return (
    <span className="flex max-w-full min-w-0 items-center gap-2">
      <span
        data-initial={email.charAt(0)}
        aria-hidden="true"
        className="grid size-7 shrink-0 place-items-center rounded-full bg-kumo-fill text-xs font-semibold text-kumo-strong uppercase before:content-[attr(data-initial)/'']"
      />
      <span className="min-w-0 truncate" title={email}>
        {email}
      </span>
    </span>
  );
}
