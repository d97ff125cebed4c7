import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { expect, test } from "./restaurant";

test("the kitchen's screen loads less than 150 kB of script", async ({ page, restaurant }) => {
  const scripts = new Set<string>();
  page.on("request", (request) => {
    if (request.resourceType() === "script") scripts.add(new URL(request.url()).pathname);
  });
  await restaurant.place();
  await page.goto(restaurant.url);
  await expect(page.locator("[data-order='1']")).toBeVisible();
  // What is loaded behind the screen counts, too.
  await page.waitForLoadState("networkidle");
  scripts.delete("/sw.js");
  // As the server sends it: a server built for debugging compresses nothing.
  const bytes = [...scripts].map((script) => brotliCompressSync(readFileSync(`dist${script}`)).length);
  expect(bytes.length).toBeGreaterThan(10);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(150_000);
});
