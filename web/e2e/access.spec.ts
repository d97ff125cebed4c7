/** For people who use a keyboard, a reader, a magnifier, a switch, or colours of their own. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./restaurant";

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));

test("the focus goes on from order to order, and at the end to the list", async ({ page, restaurant }) => {
  for (let number = 1; number <= 3; number += 1) await restaurant.place();
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Cancel order 2" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Cancel order 3");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Cancel order 1");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-column=pending] [tabindex='0']")).toBeFocused();
});

test("the focus goes with a card that moves on, and to the next when its button is gone", async ({
  page,
  restaurant,
}) => {
  await restaurant.cookFor(600_000);
  for (let number = 1; number <= 3; number += 1) await restaurant.place();
  await page.goto(restaurant.url);
  await page.getByRole("button", { name: "Cancel order 1" }).focus();
  await restaurant.addBot();
  await expect(page.locator("[data-column=processing] [data-order='1']")).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel order 1" })).toBeFocused();

  await restaurant.ask("DELETE", "/api/bots/newest");
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await page.getByRole("button", { name: "Hand over order 2" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Hand over order 1");
});

test("the focus goes on from row to row of the history", async ({ page, restaurant }) => {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  for (let number = 1; number <= 3; number += 1) await restaurant.place();
  await page.goto(`${restaurant.url}/history`);
  await page.getByRole("button", { name: "Delete order 2" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Delete order 1");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused(page)).toBe("Delete order 3");
});

const TITLES = {
  "/": "(1) Kitchen · FeedMe",
  "/display": "(1) Ready board · FeedMe",
  "/order": "(1) Order · FeedMe",
  "/station": "(1) Station · FeedMe",
  "/history": "(1) History · FeedMe",
  "/settings": "(1) Settings · FeedMe",
  "/account": "(1) Your account · FeedMe",
  "/people": "(1) People · FeedMe",
  "/devices": "(1) Devices · FeedMe",
  "/audit": "(1) Audit log · FeedMe",
  "/sign-in": "(1) Please sign in · FeedMe",
  "/set-up": "(1) The first manager · FeedMe",
  "/pair": "(1) Pair this screen · FeedMe",
  "/nowhere": "(1) Not found · FeedMe",
} as const;

test("each screen has its title and its heading", async ({ page, restaurant }) => {
  await restaurant.place();
  await page.goto(restaurant.url);
  for (const [path, title] of Object.entries(TITLES)) {
    // The server knows no page but the app's: what it does not know is come to within the app.
    if (path === "/nowhere") await page.evaluate((to) => history.pushState({}, "", to), path);
    else await page.goto(restaurant.url + path);
    await expect(page).toHaveTitle(title);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  }
});

test("a new screen is begun at its heading, the first one as every page is", async ({ page, restaurant }) => {
  await page.goto(restaurant.url);
  await expect(page.locator("[data-link=live]")).toBeVisible();
  await expect(page.locator("body")).toBeFocused();
  for (const screen of ["History", "Station", "Kitchen"]) {
    await page.getByRole("link", { name: screen, exact: true }).click();
    await expect(page.locator("main h1")).toBeFocused();
  }
  await page.keyboard.press("Tab");
  await expect(page.getByRole("main").locator(":focus")).toHaveCount(1);
});

/** What is wider than the screen, or than the button it stands in. */
const cut = (page: Page) =>
  page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const shown = [...document.querySelectorAll<HTMLElement>("header *, main *")].filter(
      (it) => it.offsetParent !== null && !it.closest(".sr-only, .overflow-x-auto"),
    );
    const over = shown.filter((it) => {
      const { left, right } = it.getBoundingClientRect();
      return (
        left < -0.5 || right > wide + 0.5 || (it.matches("a, button") && it.scrollWidth > it.clientWidth + 1)
      );
    });
    const page = document.documentElement.scrollWidth > wide ? ["the page"] : [];
    return [...page, ...over.map((it) => `${it.tagName} ${it.textContent}`)];
  });

for (const language of ["en", "ms", "zh"]) {
  test(`magnified four times nothing is cut, in ${language}`, async ({ page, restaurant }) => {
    test.slow();
    await page.addInitScript((code) => localStorage.setItem("feedme:language", code), language);
    await page.setViewportSize({ width: 320, height: 256 });
    await restaurant.cookFor(600_000);
    await restaurant.addBot();
    await restaurant.addBot("pull");
    for (let number = 1; number <= 4; number += 1) {
      const { order } = await restaurant.place(number === 3 ? "VIP" : "NORMAL", { note: "less sugar" });
      if (number === 2) await restaurant.ask("POST", `/api/orders/${order.id}/cancel`);
    }
    const paths = ["/", "/order", "/station", "/history", "/settings", "/sign-in", "/set-up", "/pair"];
    for (const path of [...paths, "/account", "/people", "/devices", "/audit"]) {
      await page.goto(restaurant.url + path);
      await expect(page.locator("h1")).toBeAttached();
      if (path === "/" || path === "/history") {
        await expect(page.locator("[data-order]:visible").first()).toBeAttached();
      }
      expect(await cut(page), path).toEqual([]);
    }
  });
}

test("magnified four times the page scrolls, and dialogs within themselves", async ({ page, restaurant }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  for (let number = 1; number <= 4; number += 1) await restaurant.place();
  await page.goto(restaurant.url);
  await expect(page.locator("[data-order='4']")).toBeAttached();
  const column = await page.locator("[data-column=pending]").boundingBox();
  expect(column?.height).toBeGreaterThan(150);
  await page.getByRole("button", { name: "Clear all" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog).toBeVisible();
  await expect(async () => {
    const box = await dialog.boundingBox();
    expect(box?.y).toBeGreaterThanOrEqual(0);
    expect((box?.y ?? 0) + (box?.height ?? 999)).toBeLessThanOrEqual(256);
  }).toPass();
  await dialog.getByRole("button", { name: "Clear all" }).click();
  await expect(page.locator("[data-order]:visible")).toHaveCount(0);
});

test("keys that act alone can be switched off, and are not shown then", async ({ page, restaurant }) => {
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.goto(`${restaurant.url}/settings`);
  await page.getByRole("switch", { name: "Single-key shortcuts" }).click();
  await page.getByRole("link", { name: "Kitchen" }).click();
  await expect(page.getByRole("button", { name: "New normal order" })).toBeVisible();
  await expect(page.locator("kbd, [aria-keyshortcuts]")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Keyboard shortcuts" })).toHaveCount(0);
  await page.keyboard.press("n");
  await page.keyboard.press("?");
  await page.reload();
  await page.getByRole("button", { name: "New VIP order" }).click();
  await expect(page.locator("[data-order='1'][data-type=VIP]")).toBeVisible();
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toHaveCount(0);

  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Add a station" }).click();
  const take = page.getByRole("button", { name: "Take the next order" });
  await expect(take).toHaveAttribute("aria-keyshortcuts", "Enter");
  await page.keyboard.press("1");
  await page.waitForTimeout(300);
  expect((await restaurant.board()).orders[0]?.status).toBe("PENDING");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("article", { name: "Order 1" })).toBeVisible();
});

test("the station's keys act beside its own controls only", async ({ page, restaurant }) => {
  await restaurant.place();
  await page.goto(`${restaurant.url}/station`);
  await page.getByRole("button", { name: "Add a station" }).click();
  const take = page.getByRole("button", { name: "Take the next order" });
  await expect(take).toHaveAttribute("aria-disabled", "false");
  await page.getByRole("link", { name: "History" }).focus();
  await page.keyboard.press("1");
  await page.locator("[data-link]").focus();
  await page.keyboard.press("1");
  await page.waitForTimeout(300);
  expect((await restaurant.board()).orders[0]?.status).toBe("PENDING");
  await page.getByRole("switch").focus();
  await page.keyboard.press("1");
  await expect(page.getByRole("article", { name: "Order 1" })).toBeVisible();
});

test("what is typed before a dialog has come places no order", async ({ page, restaurant }) => {
  await restaurant.cookFor(600_000);
  await restaurant.addBot();
  await restaurant.place();
  let come = () => {};
  const may = new Promise<void>((resolve) => {
    come = resolve;
  });
  await page.route("**/assets/DialogParts*", async (route) => {
    await may;
    await route.continue();
  });
  await page.goto(restaurant.url);
  await expect(page.locator("[data-bot='1'][data-status=PROCESSING]")).toBeVisible();
  await page.keyboard.press("-");
  await page.keyboard.press("n");
  come();
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await page.waitForTimeout(300);
  expect((await restaurant.board()).orders).toHaveLength(1);
});

test("the keys are shown with the button that lists them, or neither", async ({
  browser,
  page,
  restaurant,
}) => {
  const list = page.getByRole("button", { name: "Keyboard shortcuts" });
  await page.setViewportSize({ width: 1100, height: 800 });
  await page.goto(restaurant.url);
  await expect(page.getByRole("button", { name: "New normal order" })).toBeVisible();
  await expect(list).toBeHidden();
  await page.setViewportSize({ width: 1300, height: 800 });
  await expect(list).toBeVisible();
  const tablet = await browser.newPage({
    viewport: { width: 1366, height: 1024 },
    hasTouch: true,
    isMobile: true,
  });
  await tablet.goto(restaurant.url);
  await expect(tablet.getByRole("button", { name: "New normal order" })).toBeVisible();
  await expect(tablet.getByRole("button", { name: "Keyboard shortcuts" })).toBeHidden();
  await tablet.close();
});

test("the bot that was asked about is removed, or none", async ({ page, restaurant }) => {
  await restaurant.cookFor(600_000);
  await restaurant.addBot();
  await restaurant.place();
  await page.goto(restaurant.url);
  const remove = page.getByRole("button", { name: "Remove the newest bot" });
  await expect(page.locator("[data-bot='1'][data-status=PROCESSING]")).toBeVisible();
  await remove.click();
  await expect(page.getByRole("alertdialog", { name: "Remove bot 1?" })).toBeVisible();
  await restaurant.addBot();
  await expect(page.getByText("Bot 1 is not the newest any more. Nothing was removed.")).toBeVisible();
  await expect(page.getByRole("alertdialog", { name: /Remove bot/ })).toHaveCount(0);
  await restaurant.place();
  await expect(page.locator("[data-bot='2'][data-status=PROCESSING]")).toBeVisible();
  await remove.click();
  const asked = page.waitForRequest((request) => request.method() === "DELETE");
  await page.getByRole("button", { name: "Remove bot 2" }).click();
  expect((await asked).url()).toMatch(/\/api\/bots\/(?!newest)/);
  await expect(page.locator("[data-bot='2']")).toHaveCount(0);
});

test("messages leave the controls free, none hides another, and errors stay", async ({
  page,
  restaurant,
}) => {
  await page.clock.install();
  await page.setViewportSize({ width: 390, height: 844 });
  for (let number = 1; number <= 5; number += 1) await restaurant.place();
  await page.goto(restaurant.url);
  for (let number = 1; number <= 5; number += 1) {
    await page.getByRole("button", { name: `Cancel order ${number}` }).click();
    await expect(page.getByText(`Order ${number} is cancelled`)).toBeAttached();
  }
  const undo = page.getByRole("button", { name: "Undo" });
  await expect(undo).toHaveCount(5);
  for (const each of await undo.all()) await expect(each).not.toHaveCSS("display", "none");
  const said = await page.getByRole("region", { name: "Notifications" }).boundingBox();
  const fleet = await page.getByRole("region", { name: "Bots" }).boundingBox();
  expect((said?.y ?? 999) + (said?.height ?? 999)).toBeLessThanOrEqual(fleet?.y ?? 0);

  await page.clock.runFor(50_000);
  await expect(undo).toHaveCount(5);
  await page.route("**/api/bots", (route) =>
    route.fulfill({ status: 400, json: { code: "noBots", detail: "" } }),
  );
  await page.getByRole("button", { name: "Add a bot" }).click();
  const wrong = page.getByText("That did not work:").first();
  await expect(wrong).toBeAttached();
  await page.clock.runFor(120_000);
  await expect(undo).toHaveCount(0);
  await expect(wrong).toBeAttached();
});

test("a device's own colours tell what surfaces told", async ({ page, restaurant }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await restaurant.cookFor(600_000);
  await restaurant.addBot();
  await restaurant.place();
  await page.goto(restaurant.url);
  await expect(page.locator(".progress-fill").first()).toBeAttached();
  const looks = await page.evaluate(() => {
    const look = (selector: string) => getComputedStyle(document.querySelector(selector) ?? document.body);
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.cssText = "forced-color-adjust:none;background:Highlight;color:CanvasText";
    const { backgroundColor: highlight, color: text } = getComputedStyle(probe);
    const tabs = [...document.querySelectorAll("nav[aria-label] > a")].map(
      (it) => getComputedStyle(it).borderBottomWidth,
    );
    return {
      bar: look(".progress-fill").backgroundColor === highlight,
      dot: look("h2[data-travels-to] > span").backgroundColor === text,
      fresh: look("[data-sign]").backgroundColor === text,
      symbol: look("[data-symbol]").color === text,
      edge: look("[aria-keyshortcuts=n]").borderTopWidth,
      tabs: tabs.filter((width) => width !== "0px").length,
    };
  });
  expect(looks).toEqual({ bar: true, dot: true, fresh: true, symbol: true, edge: "1px", tabs: 1 });
  await page.setViewportSize({ width: 390, height: 844 });
  const pressed = page.locator("fieldset [aria-pressed=true]");
  const other = page.locator("fieldset [aria-pressed=false]").first();
  const surface = (of: typeof pressed) => of.evaluate((it) => getComputedStyle(it).backgroundColor);
  expect(await surface(pressed)).not.toBe(await surface(other));
});

test("a phone says by a shape that the board is not live, and a reader is told", async ({
  page,
  restaurant,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(restaurant.url);
  const sign = page.locator("[data-sign]");
  await expect(sign).toHaveAttribute("data-sign", "live");
  const shape = () =>
    sign.evaluate((it) => [getComputedStyle(it).borderRadius, getComputedStyle(it).clipPath]);
  const live = await shape();
  // The place where it is said is there before anything is said in it.
  const status = page.locator("#root > div > [role=status]").first();
  await expect(status).toBeEmpty();
  await status.evaluate((it) => {
    it.id = "the-same";
  });
  await restaurant.kill();
  await expect(page.locator("[data-banner=stale]")).toBeVisible();
  await expect(page.locator("#the-same")).toHaveText("Not connected");
  await expect(sign).toHaveAttribute("data-sign", "stale");
  expect(await shape()).not.toEqual(live);
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "best-practice"]).analyze();
  expect(found.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
});

test("a board that was kept is not called stale before the first answer", async ({ page, restaurant }) => {
  await restaurant.place();
  await page.goto(restaurant.url);
  const kept = () => page.evaluate(() => localStorage.getItem("feedme:board:/api") !== null);
  await expect.poll(kept).toBe(true);
  await page.addInitScript(() => {
    const kept = JSON.parse(localStorage.getItem("feedme:board:/api") ?? "null");
    if (kept)
      localStorage.setItem(
        "feedme:board:/api",
        JSON.stringify({ ...kept, confirmedAt: Date.now() - 60_000 }),
      );
    const watch = new MutationObserver(() => {
      if (document.querySelector("[data-banner=stale]")) document.documentElement.dataset.flashed = "yes";
    });
    watch.observe(document, { childList: true, subtree: true });
  });
  await page.goto(restaurant.url);
  await expect(page.locator("[data-link=live][data-stale=false]")).toBeVisible();
  await expect(page.locator("html")).not.toHaveAttribute("data-flashed");
  // Nobody answers: then it is said.
  await page.route("**/api/**", () => {});
  await page.goto(restaurant.url);
  await expect(page.locator("[data-banner=stale]")).toBeVisible();
});

test("a dark device sees no white before the script runs", async ({ page, restaurant }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.route("**/assets/*.js", (route) => route.abort());
  await page.goto(restaurant.url);
  const lightness = await page.evaluate(() => {
    const { backgroundColor } = getComputedStyle(document.documentElement);
    const paint = document.createElement("canvas").getContext("2d");
    if (!paint) return 255;
    paint.fillStyle = backgroundColor;
    paint.fillRect(0, 0, 1, 1);
    return paint.getImageData(0, 0, 1, 1).data[0];
  });
  expect(lightness).toBeLessThan(64);
});

test("what makes no sense in the history's address does not stay", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/history?number=abc&type=VIP`);
  await expect(page.getByText("No order is like that.")).toBeVisible();
  await expect(page).toHaveURL(`${restaurant.url}/history?type=VIP`);
  await expect(page.getByLabel("Number")).toHaveValue("");
});
