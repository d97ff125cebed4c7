import type { Page } from "@playwright/test";
import { expect, test } from "./restaurant";

const cooking = (page: Page, number: number) => page.getByRole("article", { name: `Order ${number}` });
const done = (page: Page) => page.getByRole("button", { name: "Done" });
const take = (page: Page) => page.getByRole("button", { name: "Take the next order" });

/** What is pressed at once after an order came is not meant for it. */
async function press(page: Page, key: string): Promise<void> {
  await expect(page.locator("[aria-keyshortcuts='Enter 1']")).toHaveAttribute("aria-disabled", "false");
  await page.keyboard.press(key);
}

test("a person adds a station and works through the queue by keyboard", async ({ page, restaurant }) => {
  await restaurant.place("NORMAL", { note: "no onions", lines: [{ name: "Nasi lemak", quantity: 2 }] });
  await restaurant.place("NORMAL");
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Add a station" }).click();
  await expect(page.getByText("2 orders wait")).toBeVisible();
  await press(page, "Enter");
  await expect(cooking(page, 1)).toContainText("Nasi lemak");
  await expect(cooking(page, 1)).toContainText("no onions");
  await expect(page.locator("[data-cooked]")).toHaveText(/0:\d\d/);
  await press(page, "1");
  await expect(page.getByText("Order 1 is ready")).toBeVisible();
  await expect(cooking(page, 2)).toBeVisible();
  await press(page, "0");
  await expect(page.getByText("Order 2 is back at its place.")).toBeVisible();
  await press(page, "1");
  await expect(cooking(page, 2)).toBeVisible();
  await press(page, "Backspace");
  await expect(page.getByText("1 order waits")).toBeVisible();
  const { orders } = await restaurant.board();
  expect(orders.map(({ number, status }) => [number, status])).toEqual([
    [2, "PENDING"],
    [1, "COMPLETE"],
  ]);
});

test("the station is remembered, and so is what it cooks", async ({ page, restaurant }) => {
  await restaurant.addBot("pull");
  await restaurant.place();
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Bot 1" }).click();
  await take(page).click();
  await expect(cooking(page, 1)).toBeVisible();
  await page.reload();
  await expect(cooking(page, 1)).toBeVisible();
});

test("the next order comes by itself, if that is wanted", async ({ page, restaurant }) => {
  await restaurant.addBot("pull");
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Bot 1" }).click();
  await expect(page.getByText("Nothing waits")).toBeVisible();
  await page.getByRole("switch", { name: "Take the next order by itself" }).click();
  await expect(page.getByText("The next order comes here as soon as it is placed.")).toBeVisible();
  await restaurant.place();
  await expect(cooking(page, 1)).toBeVisible();
  await press(page, "1");
  await expect(page.getByText("Nothing waits")).toBeVisible();
  await restaurant.place("VIP");
  await expect(cooking(page, 2)).toBeVisible();
});

test("a key that bounces does not finish the next order", async ({ page, restaurant }) => {
  await restaurant.addBot("pull");
  await restaurant.place();
  await restaurant.place();
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Bot 1" }).click();
  await press(page, "1");
  await expect(cooking(page, 1)).toBeVisible();
  await press(page, "1");
  await page.keyboard.press("1");
  await expect(cooking(page, 2)).toBeVisible();
  await page.keyboard.press("1");
  await expect(done(page)).toHaveAttribute("aria-disabled", "false");
  const { orders } = await restaurant.board();
  expect(orders.find(({ number }) => number === 2)?.status).toBe("PROCESSING");
});

test("an order that is cancelled elsewhere is said to be", async ({ page, restaurant }) => {
  await restaurant.addBot("pull");
  const { order } = await restaurant.place();
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Bot 1" }).click();
  await take(page).click();
  await expect(cooking(page, 1)).toBeVisible();
  await restaurant.ask("POST", `/api/orders/${order.id}/cancel`);
  await expect(page.getByText("Order 1 was cancelled. It needs no more cooking.")).toBeVisible();
  await expect(page.getByText("Nothing waits")).toBeVisible();
});

test("a claim that is stale is said to be, and the station goes on", async ({ page, restaurant }) => {
  const { bot } = await restaurant.addBot("pull");
  await restaurant.place();
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Bot 1" }).click();
  await take(page).click();
  await expect(cooking(page, 1)).toBeVisible();
  await expect(done(page)).toHaveAttribute("aria-disabled", "false");
  const { orders } = await restaurant.board();
  const claim = orders[0]?.claim;
  await page.route("**/api/orders/complete", async (route) => {
    await restaurant.ask("POST", `/api/bots/${bot.id}/return`, { claim });
    await route.continue();
  });
  await press(page, "1");
  await expect(page.getByText("Order 1 is no longer yours")).toBeVisible();
  await press(page, "1");
  await expect(cooking(page, 1)).toBeVisible();
});

test("a station that is removed elsewhere is said to be, and another is chosen", async ({
  page,
  restaurant,
}) => {
  const { bot } = await restaurant.addBot("pull");
  await restaurant.place();
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Bot 1" }).click();
  await take(page).click();
  await expect(cooking(page, 1)).toBeVisible();
  await restaurant.ask("DELETE", `/api/bots/${bot.id}`);
  await expect(page.getByText("This station was removed elsewhere.")).toBeVisible();
  await page.getByRole("button", { name: "Add a station" }).click();
  await take(page).click();
  await expect(cooking(page, 1)).toBeVisible();
});
