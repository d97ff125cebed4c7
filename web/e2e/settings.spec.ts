import { expect, test } from "./restaurant";

test("a cook time is changed, and is said to be unsaved and saved", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/settings`);
  const cook = page.getByLabel("Cook time");
  await expect(cook).toHaveValue("10");
  await expect(page.getByText("Everything is saved.")).toBeVisible();
  await cook.fill("8.5");
  await expect(page.getByText("Not saved yet: cook time")).toBeVisible();
  await cook.press("Enter");
  await expect(page.getByText("Saved. It holds on every screen.")).toBeVisible();
  expect((await restaurant.board()).settings.cookMs).toBe(8_500);
});

test("a policy is chosen by keyboard, and says what it does", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/settings`);
  await page.getByRole("radio", { name: /VIP always first/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByText(/So many VIP, then so many normal/)).toBeVisible();
  await page.getByLabel("VIP orders", { exact: true }).fill("4");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-saved=true]")).toBeVisible();
  expect((await restaurant.board()).settings.policy).toEqual({ kind: "ratio", vip: 4, normal: 1 });
  await expect(page.getByRole("radio", { name: /Taking turns.*in force/ })).toBeChecked();
});

test("what the server refuses is said at the field, in the field's unit", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/settings`);
  const cook = page.getByLabel("Cook time");
  await cook.fill("100000");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("From 0 to 86400 seconds.")).toBeVisible();
  await expect(cook).toBeFocused();
  await expect(cook).toHaveAttribute("aria-invalid", "true");
  await cook.fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("A number is needed here.")).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(cook).toHaveValue("10");
  await expect(cook).toHaveAttribute("aria-invalid", "false");
});

test("changes from elsewhere arrive, but not over what somebody types", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/settings`);
  const [cook, stays] = [page.getByLabel("Cook time"), page.getByLabel("Ready orders stay")];
  await cook.fill("7");
  await restaurant.ask("PATCH", "/api/settings", { cookMs: 20_000, completedStaysMs: 120_000 });
  await expect(stays).toHaveValue("2");
  await expect(cook).toHaveValue("7");
  await expect(page.getByText("Changed elsewhere meanwhile: cook time.")).toBeVisible();
  await page.getByRole("button", { name: "Take theirs" }).click();
  await expect(cook).toHaveValue("20");
  await expect(page.locator("[data-saved=true]")).toBeVisible();
});

test("nobody leaves what is not saved without being asked", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/settings`);
  await page.getByLabel("Cook time").fill("7");
  await page.getByRole("link", { name: "Kitchen" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Back" }).click();
  await expect(page.getByLabel("Cook time")).toHaveValue("7");
  await page.getByRole("link", { name: "Kitchen" }).click();
  await page.getByRole("button", { name: "Leave without saving" }).click();
  await expect(page.getByRole("heading", { name: "Waiting" })).toBeVisible();
});

test("what could not be sent is still there", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/settings`);
  await page.getByLabel("Cook time").fill("7");
  await restaurant.kill();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/Not saved: the server cannot be reached/)).toBeVisible();
  await expect(page.getByLabel("Cook time")).toHaveValue("7");
  await restaurant.open();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("[data-saved=true]")).toBeVisible();
});

test("a phone reaches settings, language and appearance behind More", async ({ page, restaurant }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("main").getByLabel("Language").selectOption("zh");
  await expect(page.getByRole("heading", { name: "设置" })).toBeVisible();
  await page.getByRole("main").getByLabel("外观").selectOption("dark");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(390);
});
