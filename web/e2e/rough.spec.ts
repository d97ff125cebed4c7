/** What a restaurant's devices, networks and people do to a page. */
import type { Page } from "@playwright/test";
import { expect, type Restaurant, test } from "./restaurant";

const placeOrder = (page: Page) => page.getByRole("button", { name: "Order now" });

/** Answers the first request to place an order in the server's place; the others pass. */
async function firstAnswer(page: Page, answer: { status: number; body?: object }): Promise<void> {
  let first = true;
  await page.route("**/api/orders", async (route) => {
    if (!first || route.request().method() !== "POST") return route.fallback();
    first = false;
    const contentType = answer.body ? "application/problem+json" : "text/html";
    return route.fulfill({
      ...answer,
      contentType,
      body: answer.body ? JSON.stringify(answer.body) : "<h1>?</h1>",
    });
  });
}

const problem = (status: number, code: string) => ({
  status,
  body: { type: "about:blank", title: "?", status, code, detail: "?" },
});

for (const [name, answer] of [
  ["its first request is still being carried out", problem(409, "idempotencyKeyInUse")],
  ["it came too slowly", problem(408, "requestTimeout")],
  ["something between answers in the server's place", { status: 404 }],
] as const) {
  test(`an order is sent again when ${name}`, async ({ page, restaurant }) => {
    await firstAnswer(page, answer);
    await page.goto(`${restaurant.url}/order`);
    await placeOrder(page).click();
    await expect(page.getByRole("article", { name: "Order 1" })).toBeVisible();
    expect((await restaurant.board()).orders).toHaveLength(1);
    await expect(page.locator("[data-sending]")).toHaveCount(0);
  });
}

test("a request that hangs is given up, and sent again", async ({ page, restaurant }) => {
  await page.clock.install();
  let hung = false;
  await page.route("**/api/orders", async (route) => {
    if (hung || route.request().method() !== "POST") return route.fallback();
    hung = true;
  });
  await page.goto(`${restaurant.url}/order`);
  await placeOrder(page).click();
  await expect.poll(() => hung).toBe(true);
  await page.clock.fastForward("00:15");
  await page.clock.fastForward("00:05");
  await expect(page.getByRole("article", { name: "Order 1" })).toBeVisible();
  expect((await restaurant.board()).orders).toHaveLength(1);
});

for (const [name, spoil] of [
  [
    "allows no storage",
    () =>
      Object.defineProperty(window, "localStorage", {
        get: () => {
          throw new DOMException("no", "SecurityError");
        },
      }),
  ],
  [
    "has no room",
    () => {
      Storage.prototype.setItem = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    },
  ],
] as const) {
  test(`a browser that ${name} orders all the same`, async ({ page, restaurant }) => {
    await page.addInitScript(spoil);
    await page.goto(`${restaurant.url}/order`);
    await placeOrder(page).click();
    await expect(page.getByRole("article", { name: "Order 1" })).toContainText("You are next");
    await page.goto(restaurant.url);
    await page.getByLabel("Appearance").selectOption("dark");
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  });
}

test("a board from memory is never live, however slow the clock", async ({ page, restaurant }) => {
  await restaurant.place();
  await page.goto(restaurant.url);
  await expect(page.locator("[data-order='1']")).toBeVisible();
  const kept = () => page.evaluate(() => localStorage.getItem("feedme:board:/api") !== null);
  await expect.poll(kept).toBe(true);
  await page.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() - 600_000;
  });
  await page.route("**/api/**", (route) => route.fulfill({ status: 503, body: "" }));
  await page.reload();
  await expect(page.locator("[data-order='1']")).toBeVisible();
  await expect(page.locator("[data-banner=stale]")).toBeVisible();
});

test.describe("without the app on the device", () => {
  test.use({ serviceWorkers: "block" });

  test("a part of it that is missing is said in our words", async ({ page, restaurant }) => {
    let asked = 0;
    await page.route("**/assets/Settings*.js", (route) => {
      asked += 1;
      return route.fulfill({ status: 404, body: "" });
    });
    await page.goto(`${restaurant.url}/settings`);
    // The page begins anew by itself first.
    await expect.poll(() => asked).toBe(2);
    await expect(page.getByRole("heading", { name: "This page broke" })).toBeVisible();
    await page.unroute("**/assets/Settings*.js");
    await page.getByRole("button", { name: "Begin anew" }).click();
    await expect(page.locator("[data-saved]")).toBeVisible();
  });
});

test("a finger that taps twice orders once, and can take it back", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/order`);
  await placeOrder(page).dblclick();
  const mine = page.getByRole("article", { name: "Order 1" });
  await expect(mine).toContainText("You are next");
  await page.getByRole("button", { name: "Take it back" }).click();
  await expect(mine).toContainText("Cancelled");
  expect((await restaurant.board()).orders).toHaveLength(0);
});

test("only what has become ready is announced", async ({ page, restaurant }) => {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await restaurant.place();
  const { order } = await restaurant.place();
  await page.goto(restaurant.url);
  await expect(page.locator("[data-column=complete] [data-order]")).toHaveCount(2);
  await restaurant.ask("DELETE", `/api/orders/${order.id}`);
  await expect(page.locator("[data-column=complete] [data-order]")).toHaveCount(1);
  const said = page.locator("main > [role=status]");
  await expect(said).toHaveText("");
  await restaurant.place();
  await expect(said).toHaveText("Order 3 is ready");
});

test("what was cleared can be brought back at once", async ({ page, restaurant }) => {
  for (let n = 0; n < 12; n += 1) await restaurant.place(n % 3 === 0 ? "VIP" : "NORMAL");
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Clear all" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Clear all" }).click();
  await expect(page.locator("[data-column=pending] [data-order]")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.locator("[data-column=pending] [data-order]")).toHaveCount(12);
});

/** Numbers as a restaurant has them after years, without years of orders. */
async function withNumbers(page: Page, restaurant: Restaurant, from: number): Promise<void> {
  await page.route("**/api/events*", (route) => route.abort());
  await page.route("**/api/board", async (route) => {
    const response = await route.fetch();
    const board = await response.json();
    for (const order of board.orders) order.number += from;
    await route.fulfill({ response, json: board });
  });
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await restaurant.place("VIP");
  await restaurant.place();
}

/** Everything that stands wider than what holds it. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("[data-order]")]
      .filter((each) => {
        const [box, column] = [
          each.getBoundingClientRect(),
          each.closest("[data-column]")?.getBoundingClientRect(),
        ];
        const inner = Math.max(
          ...[...each.querySelectorAll("*")].map((it) => it.getBoundingClientRect().right),
          0,
        );
        return (
          each.scrollWidth > each.clientWidth + 1 || Math.max(box.right, inner) > (column?.right ?? 0) + 1
        );
      })
      .map((each) => each.dataset.order ?? ""),
  );
}

for (const [width, height] of [
  [390, 844],
  [768, 1024],
  [1024, 768],
  [1366, 768],
  [1920, 1080],
] as const) {
  test(`no number and no button is cut off at ${width}`, async ({ page, restaurant }) => {
    await page.setViewportSize({ width, height });
    await withNumbers(page, restaurant, 123_400);
    const wide = { lines: [{ name: "x".repeat(80), quantity: 99 }], note: "y".repeat(400) };
    await restaurant.ask("DELETE", "/api/bots/newest");
    await restaurant.place("VIP", wide);
    for (const path of ["/display", "/"]) {
      await page.goto(restaurant.url + path);
      await expect(page.locator("[data-order='123403']").first()).toBeAttached();
      await expect.poll(() => cutOff(page)).toEqual([]);
    }
  });
}
