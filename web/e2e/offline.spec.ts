import { request as ask, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, test } from "./restaurant";

/** The shell is on the device. */
async function installed(page: Page): Promise<void> {
  const ready = () =>
    page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      return active?.state === "activated";
    });
  await expect.poll(ready).toBe(true);
}

test("orders placed offline survive a reload and are sent once, in their order", async ({
  page,
  context,
  restaurant,
}) => {
  await restaurant.place();
  await page.goto(`${restaurant.url}/order`);
  await expect(page.getByRole("button", { name: "Order now" })).toBeEnabled();
  await installed(page);
  await context.setOffline(true);
  await page.getByRole("button", { name: "Order now" }).click();
  await expect(page.locator("[data-sending=waiting]")).toHaveCount(1);
  await page.getByRole("button", { name: "Order as VIP" }).click();
  await expect(page.locator("[data-sending=waiting]")).toHaveCount(2);
  await page.reload();
  await expect(page.locator("[data-sending=waiting]")).toHaveCount(2);
  expect((await restaurant.board()).orders).toHaveLength(1);
  await context.setOffline(false);
  await expect(page.locator("[data-sending]")).toHaveCount(0);
  await expect(page.getByRole("article", { name: "Order 2" })).toBeVisible();
  await expect(page.getByRole("article", { name: "Order 3" })).toBeVisible();
  const orders = (await restaurant.board()).orders.toSorted((a, b) => a.number - b.number);
  expect(orders.map(({ type }) => type)).toEqual(["NORMAL", "NORMAL", "VIP"]);
});

test("offline the last board stays, and says how old it is", async ({ page, context, restaurant }) => {
  await restaurant.place("VIP");
  await page.goto(restaurant.url);
  await expect(page.locator("[data-order='1']")).toBeVisible();
  await installed(page);
  const kept = () => page.evaluate(() => localStorage.getItem("feedme:board:/api") !== null);
  await expect.poll(kept).toBe(true);
  await context.setOffline(true);
  await page.reload();
  await expect(page.locator("[data-order='1']")).toBeVisible();
  await expect(page.locator("[data-banner=stale]")).toContainText("Not live: last confirmed");
});

test("an order that the server refuses stays, with the reason in the reader's language", async ({
  page,
  restaurant,
}) => {
  await page.goto(restaurant.url);
  await expect(page.locator("[data-link=live]")).toBeVisible();
  await restaurant.ask("PATCH", "/api/settings", { acceptingOrders: false });
  await page.getByRole("button", { name: "New normal order" }).click();
  const refused = page.locator("[data-sending=refused]");
  await expect(refused).toContainText("Not accepted: the kitchen takes no orders right now");
  await page.evaluate(() => localStorage.setItem("feedme:language", "ms"));
  await page.reload();
  await expect(refused).toContainText("Tidak diterima: dapur tidak menerima pesanan sekarang");
  await refused.getByRole("button", { name: "Ketepikan" }).click();
  await expect(refused).toHaveCount(0);
});

test("a newer app is offered and never forced", async ({ page, restaurant }) => {
  let newer = false;
  const server: Server = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const passed = ask(`${restaurant.url}${url}`, { method, headers }, (answer) => {
      if (url !== "/sw.js") {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      const { "content-length": _, etag: __, ...rest } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, rest);
      answer.on("data", (piece) => outgoing.write(piece));
      answer.on("end", () => outgoing.end(newer ? "\n// newer" : ""));
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await installed(page);
  await page.reload();
  await expect(page.locator("[data-link=live]")).toBeVisible();
  newer = true;
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await expect(page.getByText("A newer version is ready.")).toBeVisible();
  const reloaded = page.waitForEvent("load");
  await page.getByRole("button", { name: "Use it now" }).click();
  await reloaded;
  await expect(page.locator("[data-link=live]")).toBeVisible();
  server.closeAllConnections();
  server.close();
});
