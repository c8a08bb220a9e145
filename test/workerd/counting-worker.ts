import worker, { Deployment as PlainDeployment, RateLimiter } from "../../worker/index.ts";
import type { Env } from "../../worker/env.ts";

/**
 * The Worker with its D1 counted: every row that D1 itself says was written (`meta.rows_written`, indexes included),
 * by requests and by objects alike. `GET /__rows` answers the sum and starts again. Benchmarks bundle this one.
 */
let rowsWritten = 0;

const count = (results: readonly D1Result[]): void => {
  for (const { meta } of results) rowsWritten += meta.rows_written;
};

/** Methods that execute a statement and answer its meta; `raw` and `first` are only ever used for reads. */
function countedStatement(statement: D1PreparedStatement): D1PreparedStatement {
  return new Proxy(statement, {
    get(target, name: keyof D1PreparedStatement) {
      if (name === "bind") return (...values: unknown[]) => countedStatement(target.bind(...values));
      if (name === "run" || name === "all")
        return async () => {
          const result = await target[name]();
          count([result]);
          return result;
        };
      const value: unknown = target[name];
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function countedDb(db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, name: keyof D1Database) {
      if (name === "prepare") return (query: string) => countedStatement(target.prepare(query));
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

const counted = (env: Env): Env => ({ ...env, DB: countedDb(env.DB) });

export class Deployment extends PlainDeployment {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env));
  }
}

export { RateLimiter };

export default {
  async fetch(request, env, ctx): Promise<Response> {
    if (new URL(request.url).pathname === "/__rows") {
      const answer = Response.json({ rowsWritten });
      rowsWritten = 0;
      return answer;
    }
    return worker.fetch(request, counted(env), ctx);
  },
} satisfies ExportedHandler<Env>;
