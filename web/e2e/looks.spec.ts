/** Every screen at every size and in both themes: nothing for axe to find, and pictures to look at. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, type Restaurant, test } from "./restaurant";

const SCREENS = {
  dashboard: "/",
  display: "/display",
  kiosk: "/order",
  station: "/station",
  history: "/history",
  settings: "/settings",
  "sign-in": "/sign-in",
} as const;
/** What is there when a screen is; an order where it is not said. */
const SHOWN: Record<string, string> = { settings: "[data-saved]", "sign-in": "h1" };
const SIZES = { phone: [390, 844], tablet: [1024, 768], wall: [1920, 1080] } as const;

/** An evening in full swing. */
async function rush(restaurant: Restaurant): Promise<void> {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  for (const type of ["NORMAL", "VIP", "NORMAL", "NORMAL"] as const) {
    await restaurant.place(type, { lines: [{ name: "Roti canai", quantity: 2 }], note: "less sugar" });
  }
  await expect
    .poll(async () => (await restaurant.board()).orders.every((it) => it.status === "COMPLETE"))
    .toBe(true);
  await restaurant.cookFor(600_000);
  await restaurant.addBot();
  await restaurant.addBot("pull");
  for (let n = 0; n < 9; n += 1) {
    const lines = [
      { name: "Nasi lemak", quantity: 1 + (n % 3) },
      { name: "Teh tarik", quantity: 1 },
    ];
    await restaurant.place(n % 4 === 1 ? "VIP" : "NORMAL", n % 2 === 0 ? { lines } : { note: "no onions" });
  }
}

/** Waits until what arrived has arrived. Progress goes on. */
async function atRest(page: Page): Promise<void> {
  await page.evaluate(() => {
    const arriving = document.getAnimations().filter((each) => {
      const { duration = 0 } = each.effect?.getTiming() ?? {};
      return Number(duration) < 1_000;
    });
    return Promise.allSettled(arriving.map((each) => each.finished));
  });
}

for (const theme of ["light", "dark"] as const) {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    test(`${theme}, ${size}`, async ({ browser, restaurant }, info) => {
      test.slow();
      await rush(restaurant);
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: "reduce",
      });
      await context.addInitScript((chosen) => localStorage.setItem("feedme:theme", chosen), theme);
      const page = await context.newPage();
      const wrong: string[] = [];
      page.on("pageerror", (error) => wrong.push(error.message));
      for (const [name, path] of Object.entries(SCREENS)) {
        await page.goto(restaurant.url + path);
        if (name === "station") {
          await page.getByRole("button", { name: "Bot 3" }).click();
          await page.getByRole("button", { name: "Take the next order" }).click();
          await expect(page.getByRole("button", { name: "Done" })).toBeEnabled();
        }
        if (name === "kiosk") await page.getByRole("button", { name: "Order now" }).click();
        await expect(page.locator(SHOWN[name] ?? "[data-order]").first()).toBeAttached();
        await atRest(page);
        await page.screenshot({ path: info.outputPath(`${name}.png`) });
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        const found = await new AxeBuilder({ page }).withTags(tags).analyze();
        expect(found.violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`)).toEqual([]);
      }
      expect(wrong).toEqual([]);
      await context.close();
    });
  }
}
