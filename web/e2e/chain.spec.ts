/** Many restaurants: the switch between them, and all of them at a glance. */
import { nothingForAxe } from "./axe";
import { expect, passwordOf, signIn, test } from "./restaurant";

test.use({ kind: { open: false } });

const NAMES = ["East", "North", "Station"];

test("a chain is opened, renamed, archived and brought back", async ({ page, restaurant }) => {
  await restaurant.setUp("mei");
  await page.goto(restaurant.url);
  await signIn(page, "mei");
  await expect(page.locator("[data-places]")).toHaveCount(0);
  await page.getByRole("button", { name: "mei", exact: true }).click();
  await page.getByRole("link", { name: "Restaurants" }).click();
  await expect(page.getByRole("heading", { name: "Restaurants" })).toBeVisible();
  await expect(page.locator("[data-restaurant]")).toHaveCount(1);
  await page.getByRole("button", { name: "Open a restaurant" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("At the Station");
  await expect(dialog.getByLabel("Address")).toHaveValue("at-the-station");
  await nothingForAxe(page);
  await page.getByRole("button", { name: "Open it" }).click();
  await expect(page.locator("[data-restaurant]")).toHaveCount(2);
  await expect(page.locator("[data-places]")).toBeVisible();

  await page.getByRole("button", { name: "Change At the Station" }).click();
  await dialog.getByLabel("Name").fill("By the River");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("button", { name: "Change By the River" }).click();
  await page.getByRole("button", { name: "Archive" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Archive" }).click();
  await expect(page.locator("[data-restaurant]")).toHaveCount(1);
  await page.getByText("Show 1 that is archived").click();
  await page.getByRole("button", { name: "Change By the River" }).click();
  await page.getByRole("button", { name: "Restore" }).click();
  await expect(page.getByText("Show 1 that is archived")).toHaveCount(0);
  await expect(page.locator("[data-restaurant]")).toHaveCount(2);
});

test("who waits longest comes first, and the list is live", async ({ page, restaurant }) => {
  await restaurant.setUp("mei");
  for (const name of NAMES) {
    await restaurant.ask("POST", "/api/restaurants", { slug: name.toLowerCase(), name });
  }
  await restaurant.ask("POST", "/api/restaurants/station/orders", { type: "VIP" });
  await page.goto(restaurant.url);
  await signIn(page, "mei");
  await page.goto(`${restaurant.url}/chain`);
  const first = page.locator("[data-restaurant]").first();
  await expect(first).toHaveAttribute("data-restaurant", "station");
  await expect(page.locator("[data-restaurant]")).toHaveCount(4);
  await nothingForAxe(page);
  const north = page.locator("[data-restaurant=north]");
  await restaurant.ask("POST", "/api/restaurants/north/bots");
  await expect(north).toContainText("0 of 1");
  await page.getByLabel("Search by name or address").fill("EAST");
  await expect(page.locator("[data-restaurant]")).toHaveCount(1);
  await page.getByLabel("Search by name or address").fill("nowhere at all");
  await expect(page.getByText("No restaurant has this in its name or address.")).toBeVisible();
});

test("another restaurant is another page, with its own board", async ({ page, restaurant }) => {
  await restaurant.setUp("mei");
  await restaurant.ask("POST", "/api/restaurants", { slug: "east", name: "East" });
  await page.goto(restaurant.url);
  await signIn(page, "mei");
  await page.locator("[data-places]").click();
  await page.getByRole("button", { name: "East" }).click();
  await expect(page).toHaveTitle("Kitchen · East");
  await page.getByRole("button", { name: "New normal order" }).click();
  await expect(page).toHaveTitle("(1) Kitchen · East");
  const { orders } = await restaurant.ask<{ orders: unknown[] }>("GET", "/api/restaurants/east/orders");
  expect(orders).toHaveLength(1);
  await page.reload();
  await expect(page).toHaveTitle("(1) Kitchen · East");
  await page.locator("[data-places]").click();
  await page.getByRole("button", { name: "FeedMe" }).click();
  await expect(page).toHaveTitle("Kitchen · FeedMe");
});

test("somebody of one restaurant sees no switch", async ({ page, restaurant }) => {
  await restaurant.setUp("mei");
  await restaurant.ask("POST", "/api/restaurants", { slug: "east", name: "East" });
  const body = { username: "ravi", password: passwordOf("ravi"), role: "NORMAL" };
  await restaurant.ask("POST", "/api/restaurants/east/users", body);
  await page.goto(restaurant.url);
  await signIn(page, "ravi");
  await expect(page).toHaveTitle("Kitchen · East");
  await expect(page.locator("[data-places]")).toHaveCount(0);
});
