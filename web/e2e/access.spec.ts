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
