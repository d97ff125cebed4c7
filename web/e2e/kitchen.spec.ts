import type { Page } from "@playwright/test";
import { expect, test } from "./restaurant";

const cards = (page: Page, column: string) => page.locator(`[data-column=${column}] [data-order]`);

async function numbers(page: Page, column: string): Promise<string[]> {
  return cards(page, column).evaluateAll((all) => all.map((card) => card.getAttribute("data-order") ?? ""));
}

test("a normal and a VIP order are placed and stand in their order", async ({ page, restaurant }) => {
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "New normal order" }).click();
  await expect(cards(page, "pending")).toHaveCount(1);
  await page.keyboard.press("v");
  await expect(cards(page, "pending")).toHaveCount(2);
  expect(await numbers(page, "pending")).toEqual(["2", "1"]);
  await expect(page.getByRole("article", { name: "Order 2, VIP" })).toBeVisible();
  await expect(page).toHaveTitle("(2) Kitchen · FeedMe");
});

test("an empty kitchen says what comes next", async ({ page, restaurant }) => {
  await page.goto(restaurant.url);
  for (const words of ["Nobody waits.", "Nothing cooks.", "Nothing is ready.", "No bots yet."]) {
    await expect(page.getByText(words)).toBeVisible();
  }
});

test("an order takes its ten seconds and is ready", async ({ page, restaurant }) => {
  await restaurant.place();
  await page.goto(restaurant.url);
  await expect(page.getByText("Add one and it starts on order 1.")).toBeVisible();
  await page.getByRole("button", { name: "Add a bot" }).click();
  const cooking = cards(page, "processing");
  await expect(cooking).toHaveCount(1);
  const began = Date.now();
  await expect(cooking.getByText(/\d+ s left/)).toBeVisible();
  const symbol = cooking.locator("[data-symbol]");
  const first = await symbol.getAttribute("data-symbol");
  await expect(symbol).not.toHaveAttribute("data-symbol", first ?? "");
  await expect(page.locator("[data-bot='1']")).toHaveAttribute("data-status", "PROCESSING");
  await expect(cards(page, "complete")).toHaveCount(1);
  expect(Date.now() - began).toBeGreaterThan(8_000);
  const order = (await restaurant.board()).orders[0];
  const took = Date.parse(order?.completedAt ?? "") - Date.parse(order?.processingStartedAt ?? "");
  expect(took).toBeGreaterThanOrEqual(10_000);
  await expect(page.locator("[data-bot='1']")).toHaveAttribute("data-status", "IDLE");
});

test("removing a busy bot says what it will do, and the order goes back", async ({ page, restaurant }) => {
  await restaurant.cookFor(600_000);
  await restaurant.place();
  await restaurant.place();
  await restaurant.addBot();
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Remove the newest bot" }).click();
  await expect(
    page.getByText("Bot 1 cooks order 1. The order goes back to its place in the queue."),
  ).toBeVisible();
  await page.getByRole("button", { name: "Remove bot 1" }).click();
  await expect(cards(page, "pending")).toHaveCount(2);
  expect(await numbers(page, "pending")).toEqual(["1", "2"]);
  await expect(page.getByText("No bots yet")).toBeVisible();
});

test("a cancelled order can be brought back, a ready one handed over", async ({ page, restaurant }) => {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await restaurant.place();
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Hand over order 1" }).click();
  await expect(page.locator("[data-column=complete]").getByText("handed over")).toBeVisible();
  await restaurant.ask("DELETE", "/api/bots/newest");
  await restaurant.place();
  await page.getByRole("button", { name: "Cancel order 2" }).click();
  await expect(cards(page, "pending")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(cards(page, "pending")).toHaveCount(1);
});

test("clearing asks first", async ({ page, restaurant }) => {
  await restaurant.place();
  await restaurant.place();
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Clear all" }).click();
  await expect(page.getByText(/^2 orders that wait or cook are cancelled/)).toBeVisible();
  await page.getByRole("button", { name: "Back" }).click();
  await expect(page.getByRole("alertdialog")).toBeHidden();
  await expect(cards(page, "pending")).toHaveCount(2);
  await page.getByRole("button", { name: "Clear all" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Clear all" }).click();
  await expect(cards(page, "pending")).toHaveCount(0);
});

test("two tabs make one stream, and the second takes over without missing anything", async ({
  page,
  context,
  restaurant,
}) => {
  const streams: string[] = [];
  context.on("request", (request) => {
    if (request.url().includes("/api/events")) streams.push(request.url());
  });
  await page.goto(restaurant.url);
  await expect(page.locator("[data-link=live]")).toBeVisible();
  await restaurant.place();
  const second = await context.newPage();
  await second.goto(restaurant.url);
  await expect(cards(second, "pending")).toHaveCount(1);
  expect(streams).toHaveLength(1);
  await page.close();
  await restaurant.place("VIP");
  await expect(cards(second, "pending")).toHaveCount(2);
  // The tab that closes may still have handed the order on: the other leads in a moment.
  await expect.poll(() => streams.length).toBe(2);
  expect(streams[1]).toContain("after=");
});

test("a server that dies under an open page is noticed, and so is its return", async ({
  page,
  restaurant,
}) => {
  await restaurant.place();
  await page.goto(restaurant.url);
  await expect(cards(page, "pending")).toHaveCount(1);
  await restaurant.kill();
  await expect(page.locator("[data-banner=stale]")).toBeVisible();
  await expect(cards(page, "pending")).toHaveCount(1);
  await restaurant.open();
  await restaurant.place();
  await expect(page.locator("[data-banner=stale]")).toBeHidden();
  await expect(page.locator("[data-link=live]")).toBeVisible();
  await expect(cards(page, "pending")).toHaveCount(2);
});

test("where the push cannot be had the board is asked for", async ({ page, restaurant }) => {
  await page.route("**/api/events*", (route) => route.abort());
  await page.goto(restaurant.url);
  await expect(page.locator("[data-link=polling]")).toBeVisible();
  await restaurant.place();
  await expect(cards(page, "pending")).toHaveCount(1);
  await page.unroute("**/api/events*");
  await expect(page.locator("[data-link=live]")).toBeVisible();
});

test("a clock that is ten minutes wrong shows the same countdown", async ({ page, restaurant }) => {
  await restaurant.cookFor(100_000);
  await restaurant.addBot();
  await restaurant.place();
  await page.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + 600_000;
  });
  await page.goto(restaurant.url);
  const left = cards(page, "processing").getByText(/\d+ s left/);
  await expect(left).toBeVisible();
  const seconds = Number(/\d+/.exec((await left.textContent()) ?? "")?.[0]);
  expect(seconds).toBeGreaterThan(70);
  expect(seconds).toBeLessThanOrEqual(100);
});

test("ten thousand waiting orders are a few elements", async ({ page, restaurant }) => {
  test.slow();
  const each = 100;
  for (let done = 0; done < 10_000; done += each) {
    await Promise.all(Array.from({ length: each }, () => restaurant.place()));
  }
  await page.goto(restaurant.url);
  await expect(page.locator("[data-column=pending] [data-count='10000']")).toBeVisible();
  await expect(page.locator("[data-order='1']")).toBeVisible();
  await expect(page.locator("[data-column=pending] [aria-setsize='10000']").first()).toBeAttached();
  expect(await cards(page, "pending").count()).toBeLessThan(60);
  await page.locator("[data-column=pending] [tabindex='0']").press("End");
  await expect(page.locator("[data-order='10000']")).toBeVisible();
});
