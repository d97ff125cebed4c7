/** What moves, and that it comes to rest. */
import type { Page } from "@playwright/test";
import { expect, type Restaurant, test } from "./restaurant";

interface Motion {
  order: string | null;
  flies: boolean;
  properties: string[];
}

/** Writes down every animation that the page starts. */
async function watched(page: Page): Promise<() => Promise<Motion[]>> {
  await page.addInitScript(() => {
    const seen: unknown[] = [];
    Object.assign(window, { motions: seen });
    const { animate } = Element.prototype;
    Element.prototype.animate = function (this: HTMLElement, keyframes, options) {
      const started = animate.call(this, keyframes, options);
      const frames = (started.effect as KeyframeEffect).getKeyframes();
      seen.push({
        order: this.querySelector("span, strong")?.textContent ?? null,
        flies: this.parentElement === document.body,
        properties: ["opacity", "transform"].filter((name) => frames.some((frame) => name in frame)),
      });
      return started;
    };
  });
  return () => page.evaluate(() => (window as unknown as { motions: Motion[] }).motions);
}

async function started(page: Page, restaurant: Restaurant): Promise<void> {
  await restaurant.cookFor(600_000);
  await restaurant.place();
  await restaurant.place();
  await page.goto(restaurant.url);
  await expect(page.locator("[data-column=pending] [data-order='2']")).toBeAttached();
  await expect(page.locator("[data-link=live]")).toBeVisible();
  await restaurant.addBot();
  await expect(page.locator("[data-column=processing] [data-order='1']")).toBeAttached();
}

const flights = (motions: Motion[]) => motions.filter(({ flies }) => flies).map(({ order }) => order);

test("a card travels to its column, those behind it move up, and nothing stays behind", async ({
  page,
  restaurant,
}) => {
  const motions = await watched(page);
  await started(page, restaurant);
  expect(flights(await motions())).toEqual(["1"]);
  expect(await motions()).toContainEqual({ order: "2", flies: false, properties: ["transform"] });
  await expect(page.locator("body > [inert]")).toHaveCount(0);
  await expect(page.locator("[data-order]")).toHaveCount(2);
  await expect(page.locator("[data-bot='1'] .animate-light")).toBeAttached();
});

test("on a phone it flies to the name of the column it went to", async ({ page, restaurant }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const motions = await watched(page);
  await started(page, restaurant);
  expect(flights(await motions())).toEqual(["1"]);
  await expect(page.locator("body > [inert]")).toHaveCount(0);
});

test("whoever wants less motion sees things fade in where they belong", async ({ page, restaurant }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const motions = await watched(page);
  await started(page, restaurant);
  expect(await motions()).toEqual([{ order: "1", flies: false, properties: ["opacity"] }]);
});

test("a board that comes back after a long time does not fly about", async ({ page, restaurant }) => {
  await restaurant.cookFor(600_000);
  for (let n = 0; n < 12; n += 1) await restaurant.place();
  const motions = await watched(page);
  await page.goto(restaurant.url);
  await expect(page.locator("[data-link=live]")).toBeVisible();
  await restaurant.kill();
  await page.route("**/api/**", (route) => route.abort());
  await restaurant.open();
  await restaurant.cookFor(0);
  await restaurant.addBot();
  const longAgo = async () => {
    const { orders } = await restaurant.board();
    return orders.every((it) => it.completedAt && Date.now() - Date.parse(it.completedAt) > 2_000);
  };
  await expect.poll(longAgo).toBe(true);
  await page.unroute("**/api/**");
  await expect(page.locator("[data-column=complete] [data-order]")).toHaveCount(12);
  expect(flights(await motions())).toEqual([]);
});
