// What the database itself can do: one plain INSERT a transaction, 16 clients, ten seconds.
// node pgbench.js postgres://… [path of pgbench]

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import pg from "pg";

import { argument } from "./workload.js";

const CLIENTS = 16;
const SECONDS = 10;

const connectionString = argument(0, "postgres://user@host:port/database [pgbench]");
const client = new pg.Client({ connectionString });
await client.connect();
await client.query("DROP TABLE IF EXISTS plain; CREATE TABLE plain (id bigserial PRIMARY KEY, number bigint, note text)");
await client.end();

const script = fileURLToPath(new URL("insert.sql", import.meta.url));
const options = ["-n", "-M", "prepared", "-c", CLIENTS, "-j", 2, "-T", SECONDS, "-f", script, connectionString];
const ran = spawnSync(process.argv[3] ?? "pgbench", options.map(String), { encoding: "utf8" });
if (ran.error) throw new Error("pgbench is needed: apt-get install postgresql", { cause: ran.error });
const [, tps] = /tps = ([\d.]+)/.exec(ran.stdout) ?? [];
if (!tps) throw new Error(`pgbench said:\n${ran.stdout}${ran.stderr}`);
console.log(JSON.stringify({ queue: "plain INSERT", clients: CLIENTS, transactions_per_s: Math.round(tps) }));
