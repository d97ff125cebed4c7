import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, type Restaurant, test } from "./restaurant";

const row = (page: Page, number: number) =>
  page.getByRole("article", { name: `Order ${number}`, exact: true });

/** Orders 1 to `many`, of which every fifth is cancelled and every third is VIP; all others are done. */
async function evening(restaurant: Restaurant, many: number): Promise<void> {
  await restaurant.cookFor(0);
  for (let number = 1; number <= many; number += 1) {
    const { order } = await restaurant.place(number % 3 === 0 ? "VIP" : "NORMAL", {
      note: number === 1 ? '=1+1, "hot"' : `table ${number}`,
    });
    if (number % 5 === 0) await restaurant.ask("POST", `/api/orders/${order.id}/cancel`);
  }
  await restaurant.addBot();
  await expect
    .poll(async () => (await restaurant.board()).orders.every(({ status }) => status === "COMPLETE"))
    .toBe(true);
}

test("what is done and what was cancelled is found again, by number, type and status", async ({
  page,
  restaurant,
}) => {
  await evening(restaurant, 10);
  await restaurant.ask("DELETE", "/api/bots/newest");
  await restaurant.place();
  await page.goto(`${restaurant.url}/history`);
  await expect(page.getByText("10 shown")).toBeVisible();
  await expect(row(page, 5)).toContainText("Cancelled");
  await expect(row(page, 6)).toContainText("Done");
  const numbers = await page
    .locator("[data-order]")
    .evaluateAll((all) => all.map((it) => it.getAttribute("data-order")));
  expect(numbers).toEqual(["10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);

  await page.getByLabel("What became of it").selectOption("Cancelled");
  await expect(page.getByText("2 shown")).toBeVisible();
  await page.getByLabel("What became of it").selectOption("All");
  await page.getByLabel("Type").selectOption("VIP");
  await expect(page.getByText("3 shown")).toBeVisible();
  await page.reload();
  await expect(page.getByText("3 shown")).toBeVisible();
  await page.getByLabel("Number").fill("4");
  await expect(page.getByText("No order is like that.")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByLabel("Number").fill("4");
  await expect(page.getByText("1 shown")).toBeVisible();
  await expect(row(page, 4)).toBeVisible();
  await page.getByLabel("Number").fill("");
  await page.getByLabel("Placed").selectOption("Choose the days");
  await page.getByLabel("Last day").fill("2020-01-01");
  await expect(page.getByText("No order is like that.")).toBeVisible();
  await page.getByLabel("Placed").selectOption("Today");
  await expect(page.getByText("10 shown")).toBeVisible();
});

test("a deletion can be undone", async ({ page, restaurant }) => {
  await evening(restaurant, 3);
  await page.goto(`${restaurant.url}/history`);
  await page.getByRole("button", { name: "Delete order 2" }).click();
  await expect(row(page, 2)).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row(page, 2)).toBeVisible();
  await page.reload();
  await expect(row(page, 2)).toBeVisible();
});

test("a long history comes as somebody scrolls, and goes to a file whole", async ({ page, restaurant }) => {
  test.slow();
  await evening(restaurant, 260);
  await page.goto(`${restaurant.url}/history`);
  await expect(row(page, 260)).toBeVisible();
  expect(await page.locator("[data-order]").count()).toBeLessThan(60);
  const place = (number: number) => page.getByRole("listitem").filter({ has: row(page, number) });
  await expect(place(259)).toHaveAttribute("aria-posinset", "2");
  await expect(place(259)).toHaveAttribute("aria-setsize", "-1");

  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const file = await readFile(await (await coming).path(), "utf8");
  const lines = file.trimEnd().split("\r\n");
  expect(lines).toHaveLength(261);
  expect(lines[0]).toContain("number,type,status");
  expect(lines[1]).toMatch(/^260,NORMAL,CANCELLED,/);
  expect(lines[260]).toContain(`"'=1+1, ""hot"""`);

  const list = page.getByRole("main").locator("[tabindex='0']");
  await expect(async () => {
    await list.press("End");
    await expect(row(page, 1)).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page.getByText("260 shown", { exact: true })).toBeVisible();
  await expect(place(1)).toHaveAttribute("aria-posinset", "260");
  await expect(place(1)).toHaveAttribute("aria-setsize", "260");

  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await expect(page.locator("[data-order]")).toHaveCount(260);
  await expect(page.getByRole("navigation")).toBeHidden();
});

test("a phone begins with the newest", async ({ page, restaurant }) => {
  await evening(restaurant, 40);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${restaurant.url}/history`);
  await expect(row(page, 40)).toBeInViewport();
  await expect(async () => {
    await page.getByRole("main").locator("[tabindex='0']").press("End");
    await expect(row(page, 1)).toBeInViewport({ timeout: 500 });
  }).toPass();
});

test("an export can be stopped", async ({ page, restaurant }) => {
  await evening(restaurant, 3);
  await page.goto(`${restaurant.url}/history`);
  await expect(row(page, 3)).toBeVisible();
  await page.route("**/api/orders?*", () => {});
  await page.getByRole("button", { name: "Export CSV" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Export CSV" })).toBeVisible();
});

test("an empty history and one that cannot be read say what to do", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/history`);
  await expect(page.getByText("Nothing yet.")).toBeVisible();
  await page.route("**/api/orders?*", (route) => route.abort());
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect(page.getByText("The history cannot be read: the server cannot be reached.")).toBeVisible();
  await page.unroute("**/api/orders?*");
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(page.getByText("The history cannot be read")).toBeHidden();
});

test("what ends meanwhile is told of, and moves nothing until it is wanted", async ({ page, restaurant }) => {
  await evening(restaurant, 60);
  await restaurant.ask("DELETE", "/api/bots/newest");
  await page.goto(`${restaurant.url}/history`);
  await expect(page.getByText("60 shown")).toBeVisible();
  const list = page.getByRole("main").locator("[tabindex='0']");
  await list.evaluate((it) => it.scrollTo({ top: 500 }));
  await expect(row(page, 50)).toBeInViewport();
  const scrolled = () => list.evaluate((it) => it.scrollTop);
  const stood = { scrolled: await scrolled(), box: await row(page, 50).boundingBox() };

  const newer = (text: string) => page.getByRole("button", { name: text, exact: true });
  const { order } = await restaurant.place();
  await restaurant.ask("POST", `/api/orders/${order.id}/cancel`);
  await expect(newer("1 newer order · Show")).toBeVisible();
  await restaurant.place("VIP");
  await restaurant.place();
  await restaurant.addBot();
  await expect(newer("3 newer orders · Show")).toBeVisible();
  expect({ scrolled: await scrolled(), box: await row(page, 50).boundingBox() }).toEqual(stood);
  await expect(page.getByText("60 shown")).toBeVisible();

  await newer("3 newer orders · Show").click();
  await expect(row(page, 63)).toBeInViewport();
  await expect(row(page, 61)).toContainText("Cancelled");
  await expect(list).toBeFocused();
  await expect(page.getByText("63 shown")).toBeVisible();
  await expect(page.getByRole("button", { name: "newer" })).toHaveCount(0);

  await page.getByLabel("Type").selectOption("VIP");
  await expect(page.getByText("21 shown")).toBeVisible();
  await restaurant.place();
  await restaurant.place("VIP");
  await expect(newer("1 newer order · Show")).toBeVisible();
});

test("a history that was empty says when it is no more", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/history`);
  await expect(page.getByText("Nothing yet.")).toBeVisible();
  await evening(restaurant, 1);
  await page.getByRole("button", { name: "1 newer order · Show" }).click();
  await expect(row(page, 1)).toBeVisible();
  await expect(page.getByText("1 shown")).toBeVisible();
});
