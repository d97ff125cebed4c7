/** For people who use a keyboard, a reader, a magnifier, a switch, or colours of their own. */
import type { Page } from "@playwright/test";
import { expect, test } from "./restaurant";

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));

test("the focus goes on from order to order, and at the end to the list", async ({ page, restaurant }) => {
  for (let number = 1; number <= 3; number += 1) await restaurant.place();
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Cancel order 2" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Cancel order 3");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Cancel order 1");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-column=pending] [tabindex='0']")).toBeFocused();
});

test("the focus goes with a card that moves on, and to the next when its button is gone", async ({
  page,
  restaurant,
}) => {
  await restaurant.cookFor(600_000);
  for (let number = 1; number <= 3; number += 1) await restaurant.place();
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Cancel order 1" }).focus();
  await restaurant.addBot();
  await expect(page.locator("[data-column=processing] [data-order='1']")).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel order 1" })).toBeFocused();

  await restaurant.ask("DELETE", "/api/bots/newest");
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await page.getByRole("button", { name: "Hand over order 2" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Hand over order 1");
});

test("the focus goes on from row to row of the history", async ({ page, restaurant }) => {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  for (let number = 1; number <= 3; number += 1) await restaurant.place();
  await page.goto(`${restaurant.url}/history`);
  await page.getByRole("button", { name: "Delete order 2" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Delete order 1");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Delete order 3");
});

const TITLES = {
  "/": "(1) Kitchen · FeedMe",
  "/display": "(1) Ready board · FeedMe",
  "/order": "(1) Order · FeedMe",
  "/station": "(1) Station · FeedMe",
  "/history": "(1) History · FeedMe",
  "/settings": "(1) Settings · FeedMe",
  "/sign-in": "(1) Please sign in · FeedMe",
  "/nowhere": "(1) Not found · FeedMe",
} as const;

test("each screen has its title and its heading", async ({ page, restaurant }) => {
  await restaurant.place();
  await page.goto(restaurant.url);
  for (const [path, title] of Object.entries(TITLES)) {
    // The server knows no page but the app's: what it does not know is come to within the app.
    if (path === "/nowhere") await page.evaluate((to) => history.pushState({}, "", to), path);
    else await page.goto(restaurant.url + path);
    await expect(page).toHaveTitle(title);
    const headings = page.getByRole("heading", { level: 1 });
    // The ready board has two halves, each with its own.
    await expect(headings).toHaveCount(path === "/display" ? 2 : 1);
  }
});

test("a new screen is begun at its heading, the first one as every page is", async ({ page, restaurant }) => {
  await page.goto(restaurant.url);
  await expect(page.locator("[data-link=live]")).toBeVisible();
  await expect(page.locator("body")).toBeFocused();
  for (const screen of ["History", "Station", "Kitchen"]) {
    await page.getByRole("link", { name: screen, exact: true }).click();
    await expect(page.locator("main h1")).toBeFocused();
  }
  await page.keyboard.press("Tab");
  await expect(page.getByRole("main").locator(":focus")).toHaveCount(1);
});
