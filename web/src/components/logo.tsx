/** A rocket's nose over its pad; decorative, the name stands beside it. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="shrink-0">
      <rect width="24" height="24" rx="6" className="fill-kumo-contrast" />
      <path d="M12 4.75 16.75 12H13.5v2.75h-3V12H7.25z" className="fill-kumo-base" />
      <rect x="7.25" y="16.75" width="9.5" height="1.75" rx=".875" className="fill-kumo-base" />
    </svg>
  );
}
