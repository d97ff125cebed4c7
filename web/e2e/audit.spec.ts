/** Who did what, in one list: accounts and the kitchen. */
import { readFile } from "node:fs/promises";
import { nothingForAxe } from "./axe";
import { expect, signIn, test } from "./restaurant";

test.use({ kind: { open: false } });

test("a manager reads, filters and exports what happened to accounts and in the kitchen", async ({
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await restaurant.employ("ravi", "NORMAL");
  await restaurant.place();
  await restaurant.addBot();
  await page.goto(`${restaurant.url}/audit`);
  await signIn(page, "mei");
  const rows = page.locator("[data-kind]");
  await expect(rows.first()).toContainText("Signed in");
  await expect(page.locator("[data-kind='user.added']").first()).toContainText("ravi");
  await expect(page.locator("[data-kind='order.placed']")).toContainText("Order 1");
  await expect(page.locator("[data-kind='order.placed']")).toContainText("mei");
  await nothingForAxe(page);

  await page.getByRole("combobox", { name: "What" }).selectOption("order.placed");
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(`${restaurant.url}/audit?kind=order.placed`);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const file = await readFile(await (await download).path(), "utf8");
  expect(file.trim().split("\n")).toHaveLength(2);
  expect(file).toContain("order.placed");

  await page.getByLabel("Who").fill("nobody");
  await expect(page.getByText("Nothing is like that.")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page).toHaveURL(`${restaurant.url}/audit`);
  await expect(page.getByLabel("Who")).toHaveValue("");
  await expect(page.locator("[data-kind='user.added']").first()).toBeVisible();
});

test("a log of a thousand entries is a few elements, and comes as one scrolls", async ({
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  for (let done = 0; done < 250; done += 50) {
    await Promise.all(Array.from({ length: 50 }, () => restaurant.place()));
  }
  await page.goto(`${restaurant.url}/audit`);
  await signIn(page, "mei");
  await expect(page.getByText("100 shown, more as you scroll")).toBeVisible();
  const rows = page.locator("[data-kind]");
  expect(await rows.count()).toBeLessThan(60);
  const list = page.locator("[tabindex='0']:has([data-kind])");
  await expect(async () => {
    await list.press("End");
    await expect(page.getByText(/^2\d\d shown$/)).toBeVisible({ timeout: 500 });
  }).toPass();
});
