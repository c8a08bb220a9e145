import type { LinkComponentProps } from "@cloudflare/kumo";
import { forwardRef } from "react";
import { Link } from "wouter";

/** Kumo's links, told to navigate without loading the page anew. */
export const RouterLink = forwardRef<HTMLAnchorElement, LinkComponentProps>(
  ({ to = "/", href = to, ...rest }, ref) => <Link ref={ref} href={href} {...rest} />,
);
RouterLink.displayName = "RouterLink";
