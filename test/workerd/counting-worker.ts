import worker, {
  AuditSealer as PlainAuditSealer,
  BillingAccount as PlainBillingAccount,
  Deployment as PlainDeployment,
  FleetWatcher as PlainFleetWatcher,
  RateLimiter as PlainRateLimiter,
} from "../../worker/index.ts";
import type { Env } from "../../worker/env.ts";

/**
 * The Worker with what it costs counted: every row that D1 itself says was read or written (`meta.rows_read`,
 * `meta.rows_written`, indexes included), by requests, by cron and by objects alike, and the deployments' alarms.
 * `GET /__counts` answers the sums and starts again. Benchmarks bundle this one; nothing is timed with it.
 */
const NOTHING = {
  rowsRead: 0,
  rowsWritten: 0,
  rowsWrittenByObjects: 0,
  alarms: 0,
  /** Statements of requests and cron. */
  statements: 0,
  /** Passwords hashed or checked. */
  hashes: 0,
};
let counts = { ...NOTHING };

type Count = (results: readonly D1Result[]) => void;

const countOf =
  (isObject: boolean): Count =>
  (results) => {
    for (const { meta } of results) {
      counts.rowsRead += meta.rows_read;
      counts.rowsWritten += meta.rows_written;
      if (!isObject) counts.statements += 1;
      if (isObject) counts.rowsWrittenByObjects += meta.rows_written;
    }
  };

const IS_READ = /^\s*select\b/i;

/**
 * `raw` answers no meta. A read is run once more for it; a write must not be, and answers its columns by `all`, which
 * only a join's columns of one name would not survive.
 */
async function rawCounted(
  statement: D1PreparedStatement,
  query: string,
  count: Count,
): Promise<readonly unknown[][]> {
  const result = await statement.all();
  count([result]);
  return IS_READ.test(query) ? statement.raw() : result.results.map((row) => Object.values(row));
}

function countedStatement(statement: D1PreparedStatement, query: string, count: Count): D1PreparedStatement {
  return new Proxy(statement, {
    get(target, name: keyof D1PreparedStatement) {
      if (name === "bind")
        return (...values: unknown[]) => countedStatement(target.bind(...values), query, count);
      if (name === "run" || name === "all")
        return async () => {
          const result = await target[name]();
          count([result]);
          return result;
        };
      if (name === "raw") return () => rawCounted(target, query, count);
      const value: unknown = target[name];
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function countedDb(db: D1Database, count: Count): D1Database {
  return new Proxy(db, {
    get(target, name: keyof D1Database) {
      if (name === "prepare") return (query: string) => countedStatement(target.prepare(query), query, count);
      if (name === "batch")
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements);
          count(results);
          return results;
        };
      const value: unknown = target[name];
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

const counted = (env: Env, isObject: boolean): Env => ({ ...env, DB: countedDb(env.DB, countOf(isObject)) });

export class Deployment extends PlainDeployment {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env, true));
  }

  override async alarm(): Promise<void> {
    counts.alarms += 1;
    await super.alarm();
  }
}

export class AuditSealer extends PlainAuditSealer {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env, true));
  }
}

export class BillingAccount extends PlainBillingAccount {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env, true));
  }
}

export class FleetWatcher extends PlainFleetWatcher {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env, true));
  }
}

export class RateLimiter extends PlainRateLimiter {
  override async hash(password: string) {
    counts.hashes += 1;
    return super.hash(password);
  }

  override async verify(password: string, phc: string | null) {
    counts.hashes += 1;
    return super.verify(password, phc);
  }
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    if (new URL(request.url).pathname === "/__counts") {
      const answer = Response.json(counts);
      counts = { ...NOTHING };
      return answer;
    }
    return worker.fetch(request, counted(env, false), ctx);
  },
  scheduled: (controller, env, ctx) => worker.scheduled(controller, counted(env, false), ctx),
} satisfies ExportedHandler<Env>;
