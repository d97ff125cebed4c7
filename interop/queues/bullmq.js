// BullMQ, on a Redis of its own that waits for the disk at every write: node bullmq.js folder

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

import { Queue, Worker } from "bullmq";

import { argument, BOTS, drained, isVip, ORDERS, place, report } from "./workload.js";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startRedis(folder, port) {
  const settings = { port, bind: "127.0.0.1", dir: folder, save: "", appendonly: "yes", appendfsync: "always" };
  const redis = spawn(
    "redis-server",
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let log = "";
  await new Promise((resolve, reject) => {
    redis.on("error", () => reject(new Error("redis-server is needed: apt-get install redis-server")));
    redis.on("exit", () => reject(new Error(`redis-server ended:\n${log}`)));
    redis.stdout.on("data", (text) => {
      log += text;
      if (log.includes("Ready to accept connections")) resolve();
    });
  });
  return redis;
}

const folder = await mkdtemp(join(argument(0, "folder"), "bullmq-"));
const port = await freePort();
const redis = await startRedis(folder, port);
try {
  const connection = { host: "127.0.0.1", port };
  const queue = new Queue("kitchen", { connection });
  await queue.waitUntilReady();
  // Jobs without a priority would go before all that have one.
  const placing = await place((n) => queue.add("cook", { n }, { priority: isVip(n) ? 1 : 2 }));

  const done = drained();
  const since = performance.now();
  const bots = new Worker("kitchen", async () => {}, { connection, concurrency: BOTS });
  // Said when Redis has written down that the job is done.
  bots.on("completed", ({ data }) => done.note(data.n));
  await done.all;
  const draining = (performance.now() - since) / 1000;

  done.check();
  const { completed } = await queue.getJobCounts("completed");
  if (completed !== ORDERS) throw new Error(`${completed} jobs are completed`);
  report("BullMQ", placing, draining);
  await bots.close();
  await queue.close();
} finally {
  const ended = new Promise((resolve) => redis.on("exit", resolve));
  redis.kill();
  await ended;
  await rm(folder, { recursive: true, force: true });
}
