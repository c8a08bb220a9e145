import { Badge } from "@cloudflare/kumo";
import type { ReactNode } from "react";

/** Kumo's own warning words have too little contrast on their tint (WCAG 2.2, 1.4.3); the tint is warning enough. */
export const WarningBadge = ({ children }: { children: ReactNode }) => (
  <Badge variant="warning" className="text-kumo-default">
    {children}
  </Badge>
);
