/** The ready board, which nobody touches for days. */
import type { Page } from "@playwright/test";
import { expect, type Restaurant, test } from "./restaurant";

const ready = (page: Page) => page.getByRole("region", { name: "Ready" }).locator("[data-order]");

async function open(page: Page, restaurant: Restaurant): Promise<void> {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await page.goto(`${restaurant.url}/display`);
  await expect(page.getByText("Ready orders appear here.")).toBeVisible();
}

test("it is dark on a wall, unless somebody chose otherwise", async ({ page, restaurant }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, restaurant);
  const root = page.locator("html");
  await expect(root).toHaveAttribute("data-theme", "dark");
  await page.getByRole("link", { name: "FeedMe" }).click();
  await expect(root).toHaveAttribute("data-theme", "light");
  await page.evaluate(() => localStorage.setItem("feedme:theme", "light"));
  await page.goto(`${restaurant.url}/display`);
  await expect(page.getByText("Ready orders appear here.")).toBeVisible();
  await expect(root).toHaveAttribute("data-theme", "light");
});

test("a ready number sounds once, and only after it was allowed", async ({ page, restaurant }) => {
  await page.addInitScript(() => {
    const { start } = OscillatorNode.prototype;
    Object.assign(window, { notes: 0 });
    OscillatorNode.prototype.start = function (when) {
      Object.assign(window, { notes: (window as unknown as { notes: number }).notes + 1 });
      start.call(this, when);
    };
  });
  const notes = () => page.evaluate(() => (window as unknown as { notes: number }).notes);
  await open(page, restaurant);
  await restaurant.place();
  await expect(ready(page)).toHaveCount(1);
  expect(await notes()).toBe(0);
  await page.getByRole("button", { name: "Announce ready orders by sound" }).click();
  await expect(page.getByRole("button", { name: "Sound is on" })).toBeVisible();
  const sample = await notes();
  expect(sample).toBeGreaterThan(0);
  const { order } = await restaurant.place();
  await expect(ready(page)).toHaveCount(2);
  await expect.poll(notes).toBe(2 * sample);
  await restaurant.ask("POST", `/api/orders/${order.id}/collect`);
  await expect(ready(page)).toHaveCount(1);
  expect(await notes()).toBe(2 * sample);
});

test("what is ready when it is opened is no news", async ({ page, restaurant }) => {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await restaurant.place();
  await page.goto(`${restaurant.url}/display`);
  await expect(ready(page)).toHaveCount(1);
  const said = page.getByRole("status").filter({ hasText: "is ready" });
  await expect(said).toHaveCount(0);
  await restaurant.place();
  await expect(said).toHaveText("Order 2 is ready");
});

test("a week without a touch: what it shows is live, or says that it is not", async ({
  page,
  restaurant,
}) => {
  await page.clock.install();
  await open(page, restaurant);
  const stale = page.locator("[data-banner=stale]");
  for (let day = 1; day <= 7; day += 1) {
    await page.clock.fastForward("24:00:00");
    await restaurant.place();
    await expect(ready(page)).toHaveCount(day);
    await expect(stale).toBeHidden();
  }
  await restaurant.kill();
  await page.clock.fastForward("00:10");
  await expect(stale).toBeVisible();
  await page.clock.fastForward("48:00:00");
  await expect(stale).toBeVisible();
  await restaurant.open();
  await page.clock.fastForward("00:20");
  await expect(stale).toBeHidden();
  await restaurant.place();
  await expect(ready(page)).toHaveCount(8);
});

test("thousands of orders leave nothing behind on it", async ({ page, restaurant }) => {
  test.slow();
  await open(page, restaurant);
  const devtools = await page.context().newCDPSession(page);
  const kept = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    return { nodes, listeners: jsEventListeners, heap: usedSize };
  };
  const day = async (orders: number) => {
    for (let done = 0; done < orders; done += 50) {
      const placed = await Promise.all(Array.from({ length: 50 }, () => restaurant.place()));
      await expect
        .poll(async () => (await restaurant.board()).orders.every((it) => it.completedAt))
        .toBe(true);
      await Promise.all(placed.map(({ order }) => restaurant.ask("POST", `/api/orders/${order.id}/collect`)));
      await expect(ready(page)).toHaveCount(0);
    }
    await restaurant.ask("DELETE", "/api/orders/clear");
  };
  await day(300);
  const before = await kept();
  await day(1_500);
  const after = await kept();
  expect(after.nodes - before.nodes).toBeLessThan(300);
  expect(after.listeners - before.listeners).toBeLessThan(50);
  expect(after.heap - before.heap).toBeLessThan(1_500_000);
  await page.getByText("Ready orders appear here.").waitFor();
});
