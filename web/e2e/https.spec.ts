/** The app over HTTPS, in a browser that takes the restaurant's own certificate. */
import { expect, passwordOf, test } from "./restaurant";

test.use({ kind: { open: false, https: true }, ignoreHTTPSErrors: true });

test("cookies are for HTTPS alone, and the board lives", async ({ page, context, restaurant }) => {
  await page.goto(restaurant.setUpLink);
  await page.getByLabel("Name").fill("mei");
  await page.getByLabel("Password", { exact: true }).fill(passwordOf("mei"));
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.getByRole("button", { name: "New normal order" }).click();
  await expect(page.getByRole("article", { name: "Order 1" })).toBeVisible();
  const cookies = await context.cookies();
  const session = cookies.find(({ name }) => name === "__Host-feedme_session");
  expect(session).toMatchObject({ secure: true, httpOnly: true, sameSite: "Strict", path: "/" });
  expect(cookies.every(({ name }) => name.startsWith("__Host-"))).toBe(true);
  await page.reload();
  await expect(page.getByRole("button", { name: "mei", exact: true })).toBeVisible();
});
