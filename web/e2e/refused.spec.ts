/** What pages are refused by their policy must be nothing that they need: every test here and elsewhere sees to it. */
import { expect, test } from "./restaurant";

const PAGES = [
  "/",
  "/display",
  "/order",
  "/station",
  "/history",
  "/settings",
  "/sign-in",
  "/set-up",
  "/pair",
  "/account",
  "/people",
  "/devices",
  "/audit",
];

test("every page stands under a policy and needs nothing that it refuses", async ({ page, restaurant }) => {
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await restaurant.place("VIP", { note: "no onions" });
  for (const path of PAGES) {
    const answer = await page.goto(`${restaurant.url}${path}`);
    expect(answer?.headers()["content-security-policy"], path).toContain("script-src 'self';");
    await expect(page.locator("#root > *").first(), path).toBeAttached();
  }
  await page.goto(restaurant.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
});

test("a script that somebody smuggled into a page does nothing", async ({ browser, restaurant }) => {
  const page = await browser.newPage();
  await page.goto(restaurant.url);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.smuggled = true";
    document.body.append(script);
    return "smuggled" in window;
  });
  expect(ran).toBe(false);
  await page.close();
});

test("the page of the API works under its policy", async ({ page, restaurant }) => {
  await page.goto(`${restaurant.url}/api/docs/`);
  await page.locator("#operations-board-get_board").click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByRole("button", { name: "Execute" }).click();
  await expect(page.locator(".live-responses-table .response-col_status").nth(1)).toContainText("200");
});

test("markup in what people write is shown as they wrote it", async ({ page, restaurant }) => {
  const markup = "<img src=x onerror=alert(1)>'); DROP TABLE orders; --";
  await restaurant.place("VIP", { note: markup, lines: [{ name: markup, quantity: 2 }] });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("dialog", () => asked.push("a dialog"));
  await page.goto(restaurant.url);
  await expect(page.getByText(markup).first()).toBeVisible();
  expect(await page.locator("img[src=x]").count()).toBe(0);
  await page.goto(`${restaurant.url}/audit`);
  await expect(page.getByRole("listitem").first()).toBeVisible();
  expect(asked).not.toContain("/x");
  expect(asked).not.toContain("a dialog");
});
