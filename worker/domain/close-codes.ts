/**
 * Closes of our WebSockets. The session behind it may no longer do this: it ended, or the deployment stopped or is held.
 * From the private range (RFC 6455 §7.4.2); chosen to read as 401.
 */
export const CLOSE_REVOKED = 4401;
