/** Open mode says so, and lets one be somebody else. */
import { expect, test } from "./restaurant";

test("open mode is said plainly, and shows what others see", async ({ page, restaurant }) => {
  await page.goto(restaurant.url);
  const said = page.locator("[data-open-mode]");
  await expect(said).toContainText("Open mode: nobody signs in, and whoever comes is the manager.");
  await said.click();
  await expect(page.getByText("This server asks nobody to sign in")).toBeVisible();
  await page.getByRole("button", { name: "A normal customer" }).click();
  await expect(said).toContainText("you see what normal (demonstration) sees");
  await expect(page.getByRole("button", { name: "New normal order" })).toBeVisible();
  await expect(page.getByRole("button", { name: "New VIP order" })).toHaveCount(0);
  await page.getByRole("button", { name: "New normal order" }).click();
  await expect(page.getByRole("button", { name: "Cancel order 1" })).toBeVisible();
  // The page that begins as the VIP learns who is there only as the VIP leaves, and just before that is answered.
  const left = gate();
  const known = gate();
  await page.route("**/api/auth/me", async (route) => {
    await left.opened;
    const response = await route.fetch();
    known.open();
    await route.fulfill({ response });
  });
  await page.route("**/api/auth/logout", async (route) => {
    const response = await route.fetch();
    left.open();
    await known.opened;
    await route.fulfill({ response });
  });
  await said.click();
  await page.getByRole("button", { name: "A VIP" }).click();
  await expect(page.getByRole("button", { name: "New VIP order" })).toBeVisible();
  await expect(page.locator("[data-order='1']")).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel order 1" })).toHaveCount(0);
  await said.click();
  await page.getByRole("button", { name: "Back to open mode" }).click();
  await expect(said).toContainText("whoever comes is the manager");
  await expect(page.getByRole("button", { name: "Cancel order 1" })).toBeVisible();
});

/** Opened once; whoever waits for that goes on. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
