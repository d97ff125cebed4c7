import "fake-indexeddb/auto";
import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { type Entry, type Order, Outbox, type Send } from "./outbox";

let outboxes: Outbox[] = [];
let made = 0;

afterEach(() => {
  for (const outbox of outboxes) outbox.close();
  outboxes = [];
  made += 1;
});

/** A lock that tabs share. */
function lock(): LockManager {
  let before: Promise<unknown> = Promise.resolve();
  const request = (_name: string, held: () => Promise<unknown>) => {
    const mine = before.then(held);
    before = mine.catch(() => {});
    return mine;
  };
  return { request } as unknown as LockManager;
}

function scene() {
  const sent: string[] = [];
  const accepted: string[] = [];
  const refused: string[] = [];
  let server: Send = async ({ key }) => ({ id: key, number: 1 }) as Order;
  const locks = lock();
  let here: string | null = "mei";
  const tab = () => {
    const outbox = new Outbox(`test-${made}`, {
      author: () => here,
      locks,
      send: (entry) => {
        sent.push(entry.key);
        return server(entry);
      },
      accepted: (_order, { key }) => accepted.push(key),
      refused: (why, { key }) => refused.push(`${key}: ${why.detail}`),
    });
    outboxes.push(outbox);
    return outbox;
  };
  const serverIs = (it: Send) => {
    server = it;
  };
  const comes = (who: string | null) => {
    here = who;
  };
  return { tab, sent, accepted, refused, serverIs, comes };
}

const entry = (key: string, base = "/api") => ({ key, base, type: "NORMAL" as const, follow: true });
const unreachable: Send = () => Promise.reject(new ApiError(null));
const problem = (status: number) =>
  new ApiError({ type: "about:blank", title: "", status, code: "invalidField", detail: `no: ${status}` });

async function kept(outbox: Outbox): Promise<Entry[]> {
  return new Promise((resolve) => {
    const stop = outbox.watch((entries) => {
      resolve(entries);
      queueMicrotask(() => stop());
    });
  });
}

test("an order is sent and forgotten", async () => {
  const { tab, accepted } = scene();
  const outbox = tab();
  await outbox.put(entry("a"));
  await vi.waitFor(() => expect(accepted).toEqual(["a"]));
  expect(await kept(outbox)).toEqual([]);
});

test("what is placed offline is sent once and in its order", async () => {
  const { tab, sent, accepted, serverIs } = scene();
  serverIs(unreachable);
  const outbox = tab();
  for (const key of ["a", "b", "c"]) await outbox.put(entry(key));
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0));
  expect(new Set(sent)).toEqual(new Set(["a"]));
  expect(await kept(outbox)).toHaveLength(3);
  serverIs(async ({ key }) => ({ id: key }) as Order);
  await outbox.flush();
  await vi.waitFor(() => expect(accepted).toEqual(["a", "b", "c"]));
});

test("two tabs send each order once", async () => {
  const { tab, sent, accepted, serverIs } = scene();
  serverIs(async ({ key }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { id: key } as Order;
  });
  const [first, second] = [tab(), tab()];
  await Promise.all([first.put(entry("a")), second.put(entry("b")), first.put(entry("c"))]);
  await Promise.all([first.flush(), second.flush()]);
  await vi.waitFor(() => expect(accepted).toHaveLength(3));
  expect(sent.toSorted()).toEqual(["a", "b", "c"]);
});

test("a refused order stays with its reason and holds up nobody", async () => {
  const { tab, accepted, refused, serverIs } = scene();
  serverIs(async ({ key }) => {
    if (key === "bad") throw problem(422);
    return { id: key } as Order;
  });
  const outbox = tab();
  await outbox.put(entry("bad"));
  await outbox.put(entry("good"));
  await vi.waitFor(() => expect(accepted).toEqual(["good"]));
  expect(refused).toEqual(["bad: no: 422"]);
  expect(await kept(outbox)).toMatchObject([
    { key: "bad", refused: { code: "invalidField", detail: "no: 422" } },
  ]);
  await outbox.dismiss("bad");
  expect(await kept(outbox)).toEqual([]);
});

test("a server without room is asked again with the same key", async () => {
  const { tab, sent, accepted, serverIs } = scene();
  serverIs(() => Promise.reject(problem(503)));
  const outbox = tab();
  await outbox.put(entry("a"));
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0));
  serverIs(async ({ key }) => ({ id: key }) as Order);
  await outbox.flush();
  await vi.waitFor(() => expect(accepted).toEqual(["a"]));
  expect(new Set(sent)).toEqual(new Set(["a"]));
});

test("an order that was placed before the page closed is sent by the next", async () => {
  const { tab, accepted, serverIs } = scene();
  serverIs(unreachable);
  const first = tab();
  await first.put(entry("a"));
  first.close();
  serverIs(async ({ key }) => ({ id: key }) as Order);
  await tab().flush();
  await vi.waitFor(() => expect(accepted).toEqual(["a"]));
});

test("an order is shown to its author and sent while its author is here", async () => {
  const { tab, sent, accepted, serverIs, comes } = scene();
  serverIs(unreachable);
  const outbox = tab();
  await outbox.put(entry("of-mei"));
  await outbox.flush();
  expect(await outbox.unsent()).toBe(1);
  serverIs(async ({ key }) => ({ id: key, number: 1 }) as Order);
  for (const who of ["ravi", null]) {
    comes(who);
    sent.length = 0;
    await outbox.flush();
    expect(sent).toEqual([]);
    expect(await outbox.unsent()).toBe(0);
    expect(await kept(outbox)).toEqual([]);
  }
  await expect(outbox.put(entry("of-nobody"))).rejects.toThrow();
  comes("mei");
  await outbox.flush();
  expect(accepted).toEqual(["of-mei"]);
});

test("who leaves for good takes their own orders along, and nobody else's", async () => {
  const { tab, serverIs, comes } = scene();
  serverIs(unreachable);
  const outbox = tab();
  await outbox.put(entry("of-mei"));
  comes("ravi");
  await outbox.put(entry("of-ravi"));
  await outbox.clear("ravi");
  expect(await kept(outbox)).toEqual([]);
  comes("mei");
  expect((await kept(outbox)).map(({ key }) => key)).toEqual(["of-mei"]);
});

test("an order goes to the restaurant that it was placed for, wherever the page is by then", async () => {
  const { tab, accepted, serverIs } = scene();
  const bases: string[] = [];
  serverIs(async ({ key, base }) => {
    bases.push(base);
    return { id: key, number: 1 } as Order;
  });
  const outbox = tab();
  await outbox.put(entry("a", "/api/restaurants/east"));
  await outbox.put(entry("b"));
  await vi.waitFor(() => expect(accepted).toEqual(["a", "b"]));
  expect(bases).toEqual(["/api/restaurants/east", "/api"]);
});
