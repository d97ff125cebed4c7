/** The screens of people and devices at every size and in both themes: nothing for axe to find, and pictures. */
import type { Page } from "@playwright/test";
import { nothingForAxe } from "./axe";
import { expect, passwordOf, type Restaurant, signIn, test } from "./restaurant";

test.use({ kind: { open: false } });

const SIZES = { phone: [390, 844], tablet: [1024, 768], wall: [1920, 1080] } as const;

/** A restaurant with staff and devices. */
async function staff(restaurant: Restaurant): Promise<void> {
  await restaurant.setUp("mei");
  await restaurant.employ("ravi", "NORMAL");
  await restaurant.employ("siti", "VIP");
  const { id } = await restaurant.employ("tan", "NORMAL");
  await restaurant.ask("PATCH", `/api/users/${id}`, { disabled: true });
  const left = await restaurant.employ("kumar", "NORMAL");
  await restaurant.ask("DELETE", `/api/users/${left.id}`);
  for (const [name, role] of [
    ["Till 1", "NORMAL"],
    ["Television over the counter", "DISPLAY"],
  ]) {
    await restaurant.ask("POST", "/api/keys", { name, role, expiresInDays: 365 });
  }
  await restaurant.addBot();
  await restaurant.place("VIP");
  await restaurant.place();
}

for (const theme of ["light", "dark"] as const) {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    test(`${theme}, ${size}`, async ({ browser, restaurant }, info) => {
      test.slow();
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: "reduce",
      });
      await context.addInitScript((chosen) => localStorage.setItem("feedme:theme", chosen), theme);
      const page = await context.newPage();
      const wrong: string[] = [];
      page.on("pageerror", (error) => wrong.push(error.message));
      const look = async (name: string) => {
        await page.screenshot({ path: info.outputPath(`${name}.png`) });
        await nothingForAxe(page);
        expect(await tooWide(page), name).toBe(false);
      };
      await page.goto(restaurant.setUpLink);
      await expect(page.getByLabel("Name")).toBeVisible();
      await look("set-up");
      await staff(restaurant);
      await page.goto(`${restaurant.url}/pair`);
      await expect(page.locator("[data-code]")).toBeVisible();
      await expect(page.getByRole("img")).toBeVisible();
      await look("pair");
      await page.goto(restaurant.url);
      await expect(page.getByLabel("Name")).toBeVisible();
      await look("sign-in");
      await signIn(page, "mei");
      await page.getByRole("button", { name: "mei", exact: true }).click();
      await expect(page.getByRole("link", { name: "People" })).toBeVisible();
      await look("menu");
      await page.goto(`${restaurant.url}/account`);
      await expect(page.locator("[data-session]").first()).toBeVisible();
      await look("account");
      const factor = page.getByRole("region", { name: "Second factor" });
      await factor.getByLabel("Your password").fill(passwordOf("mei"));
      await factor.getByRole("button", { name: "Set it up" }).click();
      await expect(factor.getByRole("img")).toBeVisible();
      await factor.getByRole("img").scrollIntoViewIfNeeded();
      await look("second-factor");
      await page.goto(`${restaurant.url}/people`);
      await page.getByRole("button", { name: "Change siti" }).click();
      await look("people");
      await page.goto(`${restaurant.url}/devices`);
      await expect(page.locator("[data-key]").first()).toBeVisible();
      await look("devices");
      await page.getByRole("button", { name: "Add a key" }).click();
      await look("devices-add");
      await page.goto(`${restaurant.url}/audit`);
      await expect(page.locator("[data-kind]").first()).toBeVisible();
      await look("audit");
      expect(wrong).toEqual([]);
      await context.close();
    });
  }
}

const tooWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
