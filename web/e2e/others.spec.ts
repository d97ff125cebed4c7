import { expect, test } from "./restaurant";

test("a customer orders with one tap and follows it until it is ready", async ({ page, restaurant }) => {
  await restaurant.cookFor(600_000);
  await restaurant.place("VIP");
  await page.goto(`${restaurant.url}/order`);
  await page.getByRole("button", { name: "Order now" }).click();
  const mine = page.getByRole("article", { name: "Order 2" });
  await expect(mine).toContainText("Place 2 in the queue");
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await expect(mine).toContainText("Ready: please collect it");
  await page.reload();
  await expect(mine).toContainText("Ready: please collect it");
});

test("where VIP and normal take turns, the place is that of the next picks", async ({ page, restaurant }) => {
  await restaurant.ask("PATCH", "/api/settings", { policy: { kind: "ratio", vip: 1, normal: 1 } });
  await restaurant.place("VIP");
  await restaurant.place("VIP");
  await page.goto(`${restaurant.url}/order`);
  await page.getByRole("button", { name: "Order now" }).click();
  const mine = page.getByRole("article", { name: "Order 3" });
  await expect(mine).toContainText("Place 2 in the queue");
  await restaurant.cookFor(600_000);
  await restaurant.addBot();
  await expect(mine).toContainText("You are next");
});

test("the kiosk says when the kitchen takes no orders", async ({ page, restaurant }) => {
  await restaurant.ask("PATCH", "/api/settings", { acceptingOrders: false });
  await page.goto(`${restaurant.url}/order`);
  await expect(page.getByText("The kitchen takes no orders right now.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Order now" })).toBeDisabled();
});

test("the ready board shows whose turn it is until it is handed over", async ({ page, restaurant }) => {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  const { order } = await restaurant.place("VIP");
  await page.goto(`${restaurant.url}/display`);
  const ready = page.getByRole("region", { name: "Ready" });
  await expect(ready.locator("[data-order='1']")).toBeVisible();
  await restaurant.ask("POST", `/api/orders/${order.id}/collect`);
  await expect(ready.locator("[data-order]")).toHaveCount(0);
  await restaurant.kill();
  await expect(page.locator("[data-banner=stale]")).toBeVisible();
});

test("who is not known is led to the sign-in, and back", async ({ page, restaurant }) => {
  const problem = { type: "about:blank", title: "?", status: 401, code: "notSignedIn", detail: "?" };
  const unknown = { status: 401, contentType: "application/problem+json", body: JSON.stringify(problem) };
  await page.route("**/api/**", (route) => route.fulfill(unknown));
  await page.goto(`${restaurant.url}/settings`);
  await expect(page.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "Go on without signing in" }).click();
  await expect(page.locator("[data-saved]")).toBeVisible();
  await page.goto(`${restaurant.url}/sign-in?back=//elsewhere.example/`);
  await page.getByRole("button", { name: "Go on without signing in" }).click();
  await expect(page).toHaveURL(`${restaurant.url}/`);
});

test("the language changes without a reload", async ({ page, restaurant }) => {
  await page.goto(restaurant.url);
  await page.getByLabel("Language").selectOption("zh");
  await expect(page.getByRole("heading", { name: "等待中" })).toBeVisible();
  await page.getByLabel("语言").selectOption("ms");
  await expect(page.getByRole("heading", { name: "Menunggu" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Menunggu" })).toBeVisible();
});
