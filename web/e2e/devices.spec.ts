/** Screens, tills and bots: their keys, and how a screen is let in. */
import { nothingForAxe } from "./axe";
import { expect, signIn, test } from "./restaurant";

test.use({ kind: { open: false } });

test("a key is shown once, works, and is revoked", async ({ page, restaurant }) => {
  await restaurant.setUp("mei");
  await page.goto(`${restaurant.url}/devices`);
  await signIn(page, "mei");
  await expect(page.getByText("No device has a key yet.")).toBeVisible();
  await page.getByRole("button", { name: "Add a key" }).click();
  const form = page.getByRole("form", { name: "A new key" });
  await form.getByRole("button", { name: "Make the key" }).click();
  await expect(form.getByLabel("Name")).toBeFocused();
  await form.getByLabel("Name").fill("Till 1");
  await form.getByRole("radio", { name: /^Normal/ }).check();
  await nothingForAxe(page);
  await form.getByRole("button", { name: "Make the key" }).click();
  const secret = (await page.locator("[data-key-secret]").textContent()) ?? "";
  expect(secret).toMatch(/^feedme_/);
  await nothingForAxe(page);
  const asked = () =>
    fetch(`${restaurant.url}/api/auth/me`, { headers: { Authorization: `Bearer ${secret}` } });
  expect(((await (await asked()).json()) as { user: object }).user).toMatchObject({ role: "NORMAL" });
  await page.getByRole("button", { name: "I have it" }).click();
  await expect(page.locator("[data-key-secret]")).toHaveCount(0);
  const key = page.locator("[data-key='Till 1']");
  await expect(key).toContainText(secret.slice(0, 10));
  await key.getByRole("button", { name: "Revoke Till 1" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(key).toHaveCount(0);
  expect((await asked()).status).toBe(401);
  await page.getByRole("switch", { name: "Show those that are good no more" }).click();
  await expect(key).toContainText("revoked");
});

test("a screen shows a code, a manager confirms it, and it shows the ready board", async ({
  browser,
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await restaurant.place();
  const wall = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  const television = await wall.newPage();
  await television.goto(`${restaurant.url}/pair`);
  const shown = television.locator("[data-code]");
  await expect(shown).toHaveText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  await expect(television.getByRole("img", { name: /QR code/ })).toBeVisible();
  await nothingForAxe(television);
  const code = (await shown.textContent()) ?? "";

  await page.goto(`${restaurant.url}/devices`);
  await signIn(page, "mei");
  await page.getByLabel("Code on the screen").fill("ABCD2345");
  await page.getByRole("button", { name: "Find it" }).click();
  await expect(page.getByRole("alert").first()).not.toBeEmpty();
  // In small letters, and without the sign between the halves.
  await page.getByLabel("Code on the screen").fill(code.replace("-", "").toLowerCase());
  await expect(page.getByLabel("Code on the screen")).toHaveValue(code);
  await page.getByRole("button", { name: "Find it" }).click();
  await expect(page.getByText("A device at 127.0.0.1")).toBeVisible();
  await nothingForAxe(page);
  await page.getByLabel("Name").fill("Television");
  await expect(page.getByRole("radio", { name: /^Display/ })).toBeChecked();
  await page.getByRole("button", { name: "Pair it" }).click();
  await expect(page.getByText("Television is paired")).toBeVisible();

  await expect(television).toHaveURL(`${restaurant.url}/display`);
  await expect(television.locator("[data-column=ready] [data-order='1']")).toBeVisible();
  // A display has nothing but its board.
  await television.goto(restaurant.url);
  await expect(television).toHaveURL(`${restaurant.url}/display`);
  await page.reload();
  await expect(page.locator("[data-key=Television]")).toContainText("Display");
  await page.getByRole("button", { name: "Revoke Television" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(television.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  await wall.close();
});

test("a code that was scanned is looked up at once, and leaves the address", async ({
  browser,
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  const screen = await browser.newPage();
  await screen.goto(`${restaurant.url}/pair`);
  const code = (await screen.locator("[data-code]").textContent()) ?? "";
  await page.goto(`${restaurant.url}/devices?code=${code}`);
  await signIn(page, "mei");
  await expect(page.getByText("A device at 127.0.0.1")).toBeVisible();
  await expect(page).toHaveURL(`${restaurant.url}/devices`);
  await screen.close();
});
