import { API_BASE } from "./client.ts";
import { live } from "../../../worker/contract/deployments.ts";

/** The WebSocket of a deployment, on the page's own host. */
export function liveUrl(id: string): string {
  const url = new URL(`${API_BASE}${live.path.replace("{id}", encodeURIComponent(id))}`, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
