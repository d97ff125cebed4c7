/** What an update costs a screen with few and with many orders waiting, and whether a long column scrolls smoothly. */
import type { CDPSession, Page } from "@playwright/test";
import { type Restaurant, test } from "../e2e/restaurant";

const WAITING = [10, 1_000, 10_000];
const UPDATES = 200;

async function fill(restaurant: Restaurant, upTo: number): Promise<void> {
  for (;;) {
    const missing = upTo - (await restaurant.board()).orders.length;
    if (missing <= 0) return;
    await Promise.all(Array.from({ length: Math.min(100, missing) }, () => restaurant.place()));
  }
}

/** Seconds that the page has worked since it was opened, by kind. */
async function worked(devtools: CDPSession) {
  const { metrics } = await devtools.send("Performance.getMetrics");
  const of = (name: string) => metrics.find((it) => it.name === name)?.value ?? 0;
  return {
    script: of("ScriptDuration"),
    layout: of("LayoutDuration") + of("RecalcStyleDuration"),
    all: of("TaskDuration"),
  };
}

/** Milliseconds between frames while the longest column is scrolled for two seconds. */
async function scrolled(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const column = document.querySelector("[data-column=pending] [tabindex='0']");
    const frames: number[] = [];
    let last = await new Promise<number>(requestAnimationFrame);
    const end = last + 2_000;
    while (last < end) {
      column?.scrollBy(0, 60);
      const now = await new Promise<number>(requestAnimationFrame);
      frames.push(now - last);
      last = now;
    }
    return frames.toSorted((a, b) => a - b);
  });
}

test("updates and scrolling", async ({ page, restaurant }) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const table: object[] = [];
  for (const waiting of WAITING) {
    await fill(restaurant, waiting);
    await page.goto(restaurant.url);
    await page.locator("[data-link=live]").waitFor();
    await page.locator(`[data-column=pending] [data-count='${waiting}']`).waitFor();
    await page.waitForTimeout(2_000);
    const idle = await worked(devtools);
    await page.waitForTimeout(4_000);
    const before = await worked(devtools);
    const started = performance.now();
    for (let done = 0; done < UPDATES; done += 2) {
      const { order } = await restaurant.place("VIP");
      await restaurant.ask("POST", `/api/orders/${order.id}/cancel`);
      // As fast as a very busy kitchen: a hundred updates a second would share frames.
      await page.waitForTimeout(40);
    }
    const seconds = (performance.now() - started) / 1_000;
    const after = await worked(devtools);
    // What it does all the time, clocks and countdowns, is no cost of an update.
    const per = (name: keyof typeof after) => {
      const rest = ((before[name] - idle[name]) / 4) * seconds;
      return Number((((after[name] - before[name] - rest) / UPDATES) * 1_000).toFixed(2));
    };
    const frames = await scrolled(page);
    const at = (share: number) => Number(frames[Math.floor(frames.length * share)]?.toFixed(1));
    table.push({
      waiting,
      "script ms/update": per("script"),
      "layout ms/update": per("layout"),
      "all ms/update": per("all"),
      "frame p50 ms": at(0.5),
      "frame p99 ms": at(0.99),
    });
  }
  console.table(table);
});
