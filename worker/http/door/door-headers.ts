import { ASSERTION_HEADER } from "../../../images/agent/contract/assertion.ts";
import type { Admission } from "../../usecases/open-door.ts";

/**
 * What leaves the door for a machine: the client's request, the machine it is for, and our word on who it is. What a
 * client says of itself stops here, and once more at the machine's agent, which alone tells the gateway anything.
 */
const CLIENT_MAY_NOT_SAY =
  /^(forwarded|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|x-launchpad-.*|launchpad-.*|x-lp-.*|x-openclaw-.*|cf-.*|fly-.*|cookie|authorization|proxy-.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** Fly Proxy sends the request to this machine and no other (superfly/docs networking/dynamic-request-routing). */
const FORCE_INSTANCE = "fly-force-instance-id";

export function machineHeaders(request: Request, { machineId }: Admission, assertion: string): Headers {
  const headers = new Headers();
  for (const [name, value] of request.headers)
    if (!CLIENT_MAY_NOT_SAY.test(name)) headers.append(name, value);
  headers.set(FORCE_INSTANCE, machineId);
  headers.set(ASSERTION_HEADER, assertion);
  return headers;
}
