/** The fleet watcher's one instance. */
export const FLEET = "fleet";

/** What an operator sees of the fleet watcher. */
export type WatcherState = {
  /** Up to when Fly's feed has been read, epoch ms; 0 when it never was. */
  readUntil: number;
  /** Looks that failed in a row. */
  strikes: number;
  /** When it looked last, epoch ms; 0 when it never did. */
  lookedAt: number;
  /** Deployments that are still to be poked. */
  owed: number;
};
