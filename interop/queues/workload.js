// The common workload: 10,000 orders are placed, one in five of them VIP, with 64 calls in flight; then eight bots
// complete them, VIP first. Every call and every completion is on the disk before the next of its kind. What is
// measured is orders ÷ (placing time + draining time).

export const ORDERS = 10_000;
export const CALLS = 64;
export const BOTS = 8;

// Orders that a bot may have taken before the first VIP order was placed, or while the last was on its way.
const OUT_OF_ORDER_MAX = 2 * BOTS;

export const isVip = (n) => n % 5 === 0;

// Places every order with CALLS calls in flight. Seconds.
export async function place(placeOne) {
  const since = performance.now();
  let next = 0;
  const caller = async () => {
    while (next < ORDERS) await placeOne(next++);
  };
  await Promise.all(Array.from({ length: CALLS }, caller));
  return (performance.now() - since) / 1000;
}

// Counts what is done, and in which order. `all` resolves when everything is.
export function drained() {
  const done = [];
  let finish;
  const all = new Promise((resolve) => (finish = resolve));
  return {
    all,
    note(n) {
      done.push(n);
      if (done.length === ORDERS) finish();
    },
    // Throws unless each order was done once, and VIP orders first.
    check() {
      if (new Set(done).size !== ORDERS) throw new Error(`${new Set(done).size} of ${ORDERS} orders were done`);
      const vip = ORDERS / 5;
      const late = done.slice(0, vip).filter((n) => !isVip(n)).length;
      if (late > OUT_OF_ORDER_MAX) throw new Error(`${late} NORMAL orders were done before the last VIP order`);
    },
  };
}

// Prints what was measured, for machines.
export function report(queue, placing_s, draining_s) {
  const rate = (seconds) => Math.round(ORDERS / seconds);
  const lifecycles_per_s = rate(placing_s + draining_s);
  const figures = { queue, lifecycles_per_s, placed_per_s: rate(placing_s), drained_per_s: rate(draining_s) };
  console.log(JSON.stringify(figures));
}

// An argument that must be there.
export function argument(index, what) {
  const found = process.argv[index + 2];
  if (found) return found;
  console.error(`usage: node ${process.argv[1]} ${what}`);
  process.exit(2);
}
