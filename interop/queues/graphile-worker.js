// graphile-worker, on PostgreSQL: node graphile-worker.js postgres://…

import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

import { argument, BOTS, CALLS, drained, isVip, place, report } from "./workload.js";

const connectionString = argument(0, "postgres://user@host:port/database");
const silent = new Logger(() => () => {});

const callers = new pg.Pool({ connectionString, max: CALLS });
const utils = await makeWorkerUtils({ pgPool: callers, logger: silent });
await utils.migrate();
const placing = await place((n) => utils.addJob("cook", { n }, { priority: isVip(n) ? 0 : 1 }));

const bots = new pg.Pool({ connectionString, max: BOTS + 2 });
const done = drained();
const since = performance.now();
const runner = await run({
  pgPool: bots,
  concurrency: BOTS,
  logger: silent,
  noHandleSignals: true,
  taskList: { cook: async ({ n }) => done.note(n) },
});
await done.all;
// Returns when the last jobs are written down as done.
await runner.stop();
const draining = (performance.now() - since) / 1000;

done.check();
const { rows } = await callers.query("SELECT count(*)::int AS left FROM graphile_worker.jobs");
if (rows[0].left !== 0) throw new Error(`${rows[0].left} jobs are left`);
report("graphile-worker", placing, draining);
await utils.release();
await Promise.all([callers.end(), bots.end()]);
