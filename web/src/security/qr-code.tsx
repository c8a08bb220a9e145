import { encodeQR } from "qr";
import { qrPath } from "./qr-path.ts";

/** Apps find a code only with this much empty space around it (ISO/IEC 18004). */
const QUIET_MODULES = 4;

/** A text as a QR code. Dark on light in both modes: many cameras can't read it the other way round. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const modules = encodeQR(text, "raw", { ecc: "medium", border: QUIET_MODULES });
  const size = modules.length;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="white" d="M0 0h${size}v${size}H0z"/><path d="${qrPath(modules)}"/></svg>`;
  return (
    <img
      src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
      alt={label}
      className="size-44 rounded-lg ring ring-kumo-hairline"
    />
  );
}
