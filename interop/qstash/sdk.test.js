// The official SDK on both sides of us: its client publishes to the double that our tests trust, and its receiver
// judges what that double signs and what our server takes for good.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, Receiver } from "@upstash/qstash";

const TARGET = fileURLToPath(new URL("../../target/debug/", import.meta.url));
const PATH = "/api/orders/complete";
const PATIENCE_MS = 30_000;

const running = [];
let service;

/** Starts a program of ours and reads its first line. */
async function start(program, words = [], variables = {}) {
  const child = spawn(join(TARGET, program), words, {
    env: { ...process.env, ...variables },
    stdio: ["pipe", "pipe", "inherit"],
  });
  running.push(child);
  const [line] = await once(createInterface(child.stdout), "line", { signal: AbortSignal.timeout(PATIENCE_MS) });
  return line;
}

/** Takes callbacks at an address of its own and hands each to the test, which answers it. */
async function receive() {
  const callbacks = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding("utf8").toArray()).join("");
    const callback = { body, signature: request.headers["upstash-signature"], headers: request.headers, response };
    const next = waiting.shift();
    if (next) next(callback);
    else callbacks.push(callback);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  running.push({ kill: () => server.close() });
  const next = () =>
    callbacks.length > 0
      ? Promise.resolve(callbacks.shift())
      : new Promise((resolve, reject) => {
          waiting.push(resolve);
          AbortSignal.timeout(PATIENCE_MS).onabort = () => reject(new Error("no callback came"));
        });
  return { url: `http://127.0.0.1:${server.address().port}${PATH}`, next };
}

function receiver(currentSigningKey, nextSigningKey) {
  return new Receiver({ currentSigningKey, nextSigningKey });
}

before(async () => {
  service = JSON.parse(await start("examples/delayed_service"));
});

after(() => {
  for (const one of running) one.kill();
});

test("the SDK's client publishes to our double, and its receiver believes what the double signs", async () => {
  const { url, next } = await receive();
  const client = new Client({ baseUrl: service.url, token: service.token, retry: false });
  const message = { url, body: { orderId: "a", botId: "b" }, delay: 1, deduplicationId: "a-1" };
  const asked = Date.now();
  const { messageId } = await client.publishJSON(message);
  assert.match(messageId, /^msg_/);
  const again = await client.publishJSON(message);
  assert.deepEqual([again.messageId, again.deduplicated], [messageId, true]);

  const { body, signature, headers, response } = await next();
  response.end();
  assert.ok(Date.now() - asked >= 1000, "it comes after its delay");
  assert.deepEqual(JSON.parse(body), message.body);
  assert.equal(headers["upstash-message-id"], messageId);
  const callback = { body, signature, url };
  assert.equal(await receiver(service.currentKey, "another").verify(callback), true);
  assert.equal(await receiver("another", service.currentKey).verify(callback), true, "after a rotation");
  await assert.rejects(receiver("another", "third").verify(callback));
  await assert.rejects(receiver(service.currentKey, "another").verify({ ...callback, body: `${body} ` }));
  await assert.rejects(receiver(service.currentKey, "another").verify({ ...callback, url: `${url}/` }));
});

test("the double believes nobody without the token", async () => {
  const client = new Client({ baseUrl: service.url, token: "another", retry: false });
  await assert.rejects(client.publishJSON({ url: "https://feedme.example/", body: {} }), /invalid token/);
});

test("an order that our server publishes comes back signed, to the SDK's satisfaction and to ours", async () => {
  const { url, next } = await receive();
  const folder = mkdtempSync(join(tmpdir(), "feedme-qstash-"));
  const line = await start(
    "feedme",
    ["serve", "--open", "--listen", "127.0.0.1:0", "--data", join(folder, "data"), "--log", "warn", "--backups-keep", "0"]
      .concat(["--delayed-url", service.url, "--delayed-callback", url]),
    {
      FEEDME_DELAYED_TOKEN: service.token,
      FEEDME_DELAYED_CURRENT_KEY: service.currentKey,
      FEEDME_DELAYED_NEXT_KEY: service.nextKey,
    },
  );
  const server = line.match(/http:\/\/[0-9.:]+/)[0];
  const ask = async (method, path, body, headers = { "content-type": "application/json" }) => {
    const answer = await fetch(server + path, { method, body, headers });
    return { status: answer.status, json: await answer.json() };
  };
  await ask("PATCH", "/api/settings", '{"cookMs":1000}');
  await ask("POST", "/api/bots", "{}");
  const { order } = (await ask("POST", "/api/orders", '{"type":"VIP"}')).json;

  const { body, signature, headers, response } = await next();
  assert.deepEqual(JSON.parse(body), { orderId: order.id, botId: order.botId, claim: order.claim });
  assert.equal(await receiver(service.currentKey, service.nextKey).verify({ body, signature, url }), true);
  const forward = (body) => ask("POST", PATH, body, { "upstash-signature": signature, "content-type": headers["content-type"] });
  const forged = await forward(body.replace(/}$/, ',"x":1}'));
  assert.deepEqual([forged.status, forged.json.code], [403, "badSignature"]);
  const completed = await forward(body);
  assert.deepEqual([completed.status, completed.json.outcome], [200, "completed"]);
  response.end(JSON.stringify(completed.json));
  const health = await ask("GET", "/api/health");
  assert.equal(health.json.checks.find((check) => check.name === "delayedMessages").status, "ok");
  rmSync(folder, { recursive: true, force: true });
});
