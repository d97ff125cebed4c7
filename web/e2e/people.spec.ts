/** Who comes in, what they find there, and what is left when they go. */
import type { Page } from "@playwright/test";
import { nothingForAxe } from "./axe";
import { codeAt } from "./codes";
import { expect, passwordOf, signIn, test } from "./restaurant";

test.use({ kind: { open: false } });

const person = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const links = (page: Page) => page.getByRole("navigation").getByRole("link").allTextContents();

async function signOut(page: Page, name: string): Promise<void> {
  await person(page, name).click();
  await page.getByRole("button", { name: "Sign out" }).click();
}

test("the first manager is made with the link, which leaves the address, and is signed in", async ({
  page,
  restaurant,
}) => {
  await page.goto(restaurant.url);
  await expect(page.getByText("There are no accounts yet.")).toBeVisible();
  await page.goto(restaurant.setUpLink);
  await expect(page).toHaveURL(`${restaurant.url}/set-up`);
  await expect(page).toHaveTitle("The first manager · FeedMe");
  await nothingForAxe(page);
  await page.getByLabel("Name").fill("mei");
  const password = page.getByLabel("Password", { exact: true });
  await expect(password).toHaveAttribute("autocomplete", "new-password");
  await password.fill("short");
  await page.getByRole("button", { name: "Make the account" }).click();
  await expect(password).toBeFocused();
  await expect(page.getByText("At least 15 characters, and at most 128.")).toBeVisible();
  await password.fill("passwordpassword");
  await page.getByRole("button", { name: "Make the account" }).click();
  await expect(page.getByText("This is easy to guess.")).toBeVisible();
  await password.fill(passwordOf("mei"));
  await page.getByRole("button", { name: "Make the account" }).click();
  await expect(page.getByRole("button", { name: "New normal order" })).toBeVisible();
  await expect(person(page, "mei")).toBeVisible();
  await expect(page.locator("[data-open-mode]")).toHaveCount(0);

  await page.goto(restaurant.setUpLink);
  await page.getByLabel("Name").fill("ravi");
  await page.getByLabel("Password", { exact: true }).fill(passwordOf("ravi"));
  await page.getByRole("button", { name: "Make the account" }).click();
  await expect(page.getByRole("alert").first()).toContainText("the link is good no more");
});

test("whoever signs in comes back to where they wanted to be, and a wrong password says so", async ({
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await page.goto(`${restaurant.url}/history?type=VIP`);
  await expect(page.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  await nothingForAxe(page);
  const [name, password] = [page.getByLabel("Name"), page.getByLabel("Password", { exact: true })];
  await expect(name).toHaveAttribute("autocomplete", "username");
  await expect(password).toHaveAttribute("autocomplete", "current-password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(name).toBeFocused();
  await name.fill("mei");
  await password.fill("not the password");
  await page.getByRole("button", { name: "Show what is typed" }).click();
  await expect(password).toHaveAttribute("type", "text");
  await password.press("Enter");
  await expect(page.getByRole("alert").first()).toHaveText(
    "That did not work: the name or the password is wrong.",
  );
  await nothingForAxe(page);
  await signIn(page, "mei");
  await expect(page).toHaveURL(`${restaurant.url}/history?type=VIP`);
});

test("who tries too often waits, and sees for how long", async ({ page, restaurant }) => {
  await restaurant.setUp("mei");
  await page.goto(`${restaurant.url}/sign-in`);
  await page.getByLabel("Name").fill("mei");
  const password = page.getByLabel("Password", { exact: true });
  const refused = page.getByRole("alert").first();
  for (let attempt = 1; attempt <= 7; attempt += 1) {
    await password.fill(`wrong password ${attempt}`);
    const answered = page.waitForResponse("**/api/auth/login");
    await password.press("Enter");
    if ((await answered).status() === 429) break;
    await expect(refused).not.toBeEmpty();
  }
  await expect(refused).toContainText("too many tries; wait a moment");
  await expect(page.getByRole("button", { name: /^Wait \d+ s$/ })).toBeDisabled();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeEnabled({ timeout: 20_000 });
});

const SEEN = {
  NORMAL: ["Kitchen", "Order", "History", "Settings"],
  VIP: ["Kitchen", "Order", "History", "Settings"],
  MANAGER: ["Kitchen", "Order", "Ready board", "Station", "History", "Settings"],
} as const;

for (const role of ["NORMAL", "VIP", "MANAGER"] as const) {
  test(`${role} is shown what it may do, and nothing else`, async ({ page, restaurant }) => {
    await restaurant.setUp("mei");
    await restaurant.employ("ravi", role);
    const { order } = await restaurant.place("NORMAL");
    await restaurant.addBot();
    await restaurant.place("VIP");
    await page.goto(restaurant.url);
    await signIn(page, "ravi");
    await expect(page.locator(`[data-order='${order.number}']`)).toBeVisible();
    expect(await links(page)).toEqual(SEEN[role]);
    const manages = role === "MANAGER";
    const shown = {
      "New normal order": role !== "VIP",
      "New VIP order": role !== "NORMAL",
      "Add a bot": manages,
      "Remove the newest bot": manages,
      "Pause ordering": manages,
      "Clear all": manages,
      "Cancel order 2": manages,
    };
    for (const [name, is] of Object.entries(shown)) {
      await expect(page.getByRole("button", { name }), name).toHaveCount(is ? 1 : 0);
    }
    await page.keyboard.press(role === "VIP" ? "n" : "v");
    if (!manages) {
      await page.keyboard.press("+");
      const before = await restaurant.board();
      expect([before.orders.length, before.bots.length]).toEqual([2, 1]);
      await page.keyboard.press(role === "VIP" ? "v" : "n");
      await expect(page.getByRole("button", { name: "Cancel order 3" })).toBeVisible();
    }
    await page.getByRole("link", { name: "Order", exact: true }).click();
    await expect(page.getByRole("button", { name: "Order now" })).toHaveCount(role === "VIP" ? 0 : 1);
    await expect(page.getByRole("button", { name: "Order as VIP" })).toHaveCount(role === "NORMAL" ? 0 : 1);
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page.getByLabel("Cook time")).toHaveCount(manages ? 1 : 0);
    await expect(page.getByRole("main").getByLabel("Language")).toBeVisible();
    await person(page, "ravi").click();
    await expect(page.getByRole("link", { name: "Your account" })).toBeVisible();
    await expect(page.getByRole("link", { name: "People" })).toHaveCount(manages ? 1 : 0);
    await nothingForAxe(page);
    await page.goto(`${restaurant.url}/people`);
    await expect(page.getByText("Your account does not have this page.")).toHaveCount(manages ? 0 : 1);
  });
}

test("a customer's history is their own, and nothing in it can be deleted", async ({ page, restaurant }) => {
  await restaurant.setUp("mei");
  const ravi = await restaurant.employ("ravi", "NORMAL");
  await restaurant.cookFor(0);
  await restaurant.addBot();
  await restaurant.place("NORMAL", { userId: ravi.id });
  await restaurant.place("VIP");
  await page.goto(`${restaurant.url}/history`);
  await signIn(page, "ravi");
  await expect(page.locator("[data-order='1']")).toBeVisible();
  await expect(page.locator("[data-order]")).toHaveCount(1);
  await expect(page.getByRole("button", { name: /^Delete/ })).toHaveCount(0);
});

const keptHere = (page: Page) =>
  page.evaluate(async () => {
    const names = Object.keys(localStorage).filter((name) =>
      /^feedme:(board|mine|me|station|unsent)/.test(name),
    );
    const entries = await new Promise<number>((resolve) => {
      const opening = indexedDB.open("feedme");
      opening.onsuccess = () => {
        const db = opening.result;
        if (!db.objectStoreNames.contains("entries")) return resolve(0);
        const counting = db.transaction("entries").objectStore("entries").count();
        counting.onsuccess = () => {
          db.close();
          resolve(counting.result);
        };
      };
    });
    return { names, entries };
  });

test("signing out asks about what is unsent, and leaves nothing behind", async ({
  page,
  context,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await restaurant.employ("ravi", "NORMAL");
  await page.goto(`${restaurant.url}/order`);
  await signIn(page, "ravi");
  await page.getByRole("button", { name: "Order now" }).click();
  await expect(page.getByRole("article", { name: "Order 1" })).toBeVisible();
  const board = () => page.evaluate(() => localStorage.getItem("feedme:board:/api") !== null);
  await expect.poll(board).toBe(true);

  await page.route("**/api/orders", (route) =>
    route.request().method() === "POST" ? route.abort() : route.fallback(),
  );
  await page.waitForTimeout(1_100);
  await page.getByRole("button", { name: "Order now" }).click();
  await expect(page.locator("[data-sending=waiting]")).toHaveCount(1);
  await signOut(page, "ravi");
  const dialog = page.getByRole("alertdialog");
  await expect(dialog).toContainText("1 order has not reached the kitchen.");
  await dialog.getByRole("button", { name: "Back" }).click();
  await expect(page.locator("[data-sending=waiting]")).toHaveCount(1);
  await context.setOffline(true);
  await signOut(page, "ravi");
  await dialog.getByRole("button", { name: "Sign out and throw away" }).click();
  await expect(page.getByRole("region", { name: "Notifications" })).toContainText("cannot be reached");
  await expect(page.locator("[data-sending=waiting]")).toHaveCount(1);
  await context.setOffline(false);
  await signOut(page, "ravi");
  await dialog.getByRole("button", { name: "Sign out and throw away" }).click();
  await expect(page.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  expect(await keptHere(page)).toEqual({ names: [], entries: 0 });
  await page.goBack().catch(() => {});
  await page.goto(restaurant.url);
  await expect(page.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  expect((await restaurant.board()).orders).toHaveLength(1);
});

test("what somebody could not send is sent when they are back, and not for somebody else", async ({
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  const ravi = await restaurant.employ("ravi", "NORMAL");
  const siti = await restaurant.employ("siti", "NORMAL");
  await page.goto(`${restaurant.url}/order`);
  await signIn(page, "ravi");
  await page.route("**/api/orders", (route) =>
    route.request().method() === "POST" ? route.abort() : route.fallback(),
  );
  await page.getByRole("button", { name: "Order now" }).click();
  await expect(page.locator("[data-sending=waiting]")).toHaveCount(1);
  // A manager ends all sessions: nobody signed out, so nothing is thrown away.
  await restaurant.ask("DELETE", `/api/users/${ravi.id}/sessions`);
  await expect(page.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  await page.unroute("**/api/orders");
  await signIn(page, "siti");
  await expect(page.getByRole("button", { name: "Order now" })).toBeVisible();
  await expect(page.locator("[data-sending]")).toHaveCount(0);
  await page.getByRole("button", { name: "Order now" }).click();
  await expect(page.getByRole("article", { name: "Order 1" })).toBeVisible();
  await signOut(page, "siti");
  await signIn(page, "ravi");
  await page.getByRole("link", { name: "Order", exact: true }).click();
  await expect(page.getByRole("article", { name: "Order 2" })).toBeVisible();
  await expect(page.getByRole("article", { name: "Order 1" })).toHaveCount(0);
  const orders = (await restaurant.board()).orders.toSorted((a, b) => a.number - b.number);
  expect(orders.map(({ userId }) => userId)).toEqual([siti.id, ravi.id]);
});

test("a session that ends, and another that begins, take all tabs along", async ({
  page,
  context,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await restaurant.employ("ravi", "NORMAL");
  await page.goto(restaurant.url);
  await signIn(page, "ravi");
  const other = await context.newPage();
  await other.goto(restaurant.url);
  await expect(person(other, "ravi")).toBeVisible();
  await signOut(page, "ravi");
  await expect(other.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  await signIn(page, "mei");
  await expect(person(other, "mei")).toBeVisible();
});

test("a password is changed, and other sessions are seen and ended", async ({
  browser,
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await page.goto(`${restaurant.url}/account`);
  await signIn(page, "mei");
  const sessions = page.locator("[data-session]");
  await expect(sessions).toHaveCount(2);
  await nothingForAxe(page);
  await expect(page.locator("[data-session=current]")).toContainText("this device");
  await page.getByRole("button", { name: /^End the session of/ }).click();
  await expect(sessions).toHaveCount(1);
  const elsewhere = await browser.newPage();
  await elsewhere.goto(restaurant.url);
  await signIn(elsewhere, "mei");
  await page.getByLabel("Your password").first().fill("wrong wrong wrong");
  await page.getByLabel("New password").fill("nine kites above the harbour");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("the name or the password is wrong")).toBeVisible();
  await page.getByLabel("Your password").first().fill(passwordOf("mei"));
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("The password is changed. 1 other session ended.")).toBeVisible();
  await expect(elsewhere.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  await elsewhere.close();
});

test("a second factor is set up, asked for, and helped out by a recovery code", async ({
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await page.goto(`${restaurant.url}/account`);
  await signIn(page, "mei");
  const factor = page.getByRole("region", { name: "Second factor" });
  await factor.getByLabel("Your password").fill(passwordOf("mei"));
  await factor.getByRole("button", { name: "Set it up" }).click();
  await expect(factor.getByRole("img", { name: /QR code/ })).toBeVisible();
  await nothingForAxe(page);
  const secret = (await factor.locator("[data-secret]").textContent()) ?? "";
  await factor.getByLabel("Code", { exact: true }).fill("000000");
  await factor.getByRole("button", { name: "Switch it on" }).click();
  await expect(factor.getByRole("alert").first()).not.toBeEmpty();
  await factor.getByLabel("Code", { exact: true }).fill(codeAt(secret, Date.now()));
  await factor.getByRole("button", { name: "Switch it on" }).click();
  const shown = factor.locator("[data-recovery-codes] li");
  await expect(shown).toHaveCount(10);
  const codes = await shown.allTextContents();
  await nothingForAxe(page);
  const download = page.waitForEvent("download");
  await factor.getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("feedme-recovery-codes.txt");
  await factor.getByRole("button", { name: "I have kept them" }).click();
  await expect(factor.getByText("It is on. 10 recovery codes are left.")).toBeVisible();

  await signOut(page, "mei");
  await page.getByLabel("Name").fill("mei");
  await page.getByLabel("Password", { exact: true }).fill(passwordOf("mei"));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  const code = page.getByLabel("Code", { exact: true });
  await expect(code).toBeFocused();
  await expect(code).toHaveAttribute("autocomplete", "one-time-code");
  await nothingForAxe(page);
  await code.fill("123456");
  await code.press("Enter");
  await expect(page.getByRole("alert").first()).not.toBeEmpty();
  await code.fill(codes[0] ?? "");
  await code.press("Enter");
  await expect(person(page, "mei")).toBeVisible();
  await page.goto(`${restaurant.url}/account`);
  await expect(page.getByText("It is on. 9 recovery codes are left.")).toBeVisible();
});

test("on a shared screen people change over by PIN, and managing wants the password", async ({
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await restaurant.employ("ravi", "NORMAL");
  await page.goto(`${restaurant.url}/account`);
  await signIn(page, "mei");
  const pin = page.getByRole("region", { name: "PIN on this device" });
  await pin.getByLabel("PIN", { exact: true }).fill("2718");
  await pin.getByLabel("Your password").fill(passwordOf("mei"));
  await pin.getByRole("button", { name: "Set the PIN" }).click();
  await expect(pin.getByText("A PIN is set on this device.")).toBeVisible();
  await signOut(page, "mei");
  await expect(page.getByText("Who is it?")).toBeVisible();
  await nothingForAxe(page);
  await page.getByRole("button", { name: "By password" }).click();
  await signIn(page, "ravi");
  await person(page, "ravi").click();
  const menu = page.getByRole("region", { name: "On this device" });
  await menu.getByRole("button", { name: "mei" }).click();
  const typed = menu.getByLabel("PIN of mei");
  await typed.fill("1111");
  await typed.press("Enter");
  await expect(menu.getByRole("alert").first()).not.toBeEmpty();
  await typed.fill("2718");
  await typed.press("Enter");
  await expect(person(page, "mei")).toBeVisible();
  // Whoever changes over is led to the first page, which may come in between.
  await expect(() => page.goto(`${restaurant.url}/people`)).toPass();
  await expect(page.getByText("Your password, please")).toBeVisible();
  await nothingForAxe(page);
  await page.getByLabel("Password", { exact: true }).fill(passwordOf("mei"));
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.locator("[data-user=ravi]")).toBeVisible();
});

test("a manager adds somebody, changes what they may do, and deletes and restores them", async ({
  page,
  restaurant,
}) => {
  await restaurant.setUp("mei");
  await page.goto(`${restaurant.url}/people`);
  await signIn(page, "mei");
  await expect(page.getByText("Nobody else yet.")).toBeVisible();
  await page.getByRole("button", { name: "Add somebody" }).click();
  await nothingForAxe(page);
  await page.getByLabel("Name").fill("ravi");
  await page.getByLabel("Password", { exact: true }).fill(passwordOf("ravi"));
  await page.getByRole("radio", { name: /^VIP/ }).check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const ravi = page.locator("[data-user=ravi]");
  await expect(ravi).toContainText("VIP");
  await ravi.getByRole("button", { name: "Change ravi" }).click();
  await nothingForAxe(page);
  await ravi.getByRole("radio", { name: /^Normal/ }).check();
  await ravi.getByRole("button", { name: "Change the role" }).click();
  await expect(page.getByText("ravi is Normal now")).toBeVisible();
  await ravi.getByLabel("New password").fill("ten boats on the quiet river");
  await ravi.getByRole("button", { name: "Set a new password" }).click();
  await expect(page.getByText("ravi has a new password")).toBeVisible();
  await ravi.getByRole("button", { name: "Disable" }).click();
  await expect(ravi).toContainText("disabled");
  await ravi.getByRole("button", { name: "Enable" }).click();
  await expect(ravi).not.toContainText("disabled");
  await ravi.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "Deleted", exact: true })).toBeVisible();
  await ravi.getByRole("button", { name: "Restore" }).click();
  await expect(page.getByRole("heading", { name: "Deleted", exact: true })).toHaveCount(0);
  await expect(ravi.getByRole("button", { name: "Change ravi" })).toBeVisible();
});

test.describe("where managers need a second factor", () => {
  test.use({ kind: { open: false, args: ["--require-second-factor"] } });

  test("one who has none sets it up before anything else", async ({ page, restaurant }) => {
    await restaurant.setUp("mei");
    await page.goto(`${restaurant.url}/history`);
    await page.getByLabel("Name").fill("mei");
    await page.getByLabel("Password", { exact: true }).fill(passwordOf("mei"));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page).toHaveURL(`${restaurant.url}/account`);
    await expect(page.getByText("Managers need a second factor here")).toBeVisible();
    await nothingForAxe(page);
    await page.getByLabel("Your password").fill(passwordOf("mei"));
    await page.getByRole("button", { name: "Set it up" }).click();
    const secret = (await page.locator("[data-secret]").textContent()) ?? "";
    await page.getByLabel("Code", { exact: true }).fill(codeAt(secret, Date.now()));
    await page.getByRole("button", { name: "Switch it on" }).click();
    await page.getByRole("button", { name: "I have kept them" }).click();
    await expect(page.getByText("Managers need a second factor here")).toHaveCount(0);
    await page.getByRole("link", { name: "Kitchen" }).click();
    await expect(page.getByRole("button", { name: "New normal order" })).toBeVisible();
  });
});

test("a manager sees where somebody is signed in, and ends that", async ({ page, restaurant, browser }) => {
  await restaurant.setUp("mei");
  await restaurant.employ("ravi", "NORMAL");
  const telephone = await (await browser.newContext()).newPage();
  await telephone.goto(`${restaurant.url}/order`);
  await signIn(telephone, "ravi");
  await expect(telephone.getByRole("button", { name: "Order now" })).toBeVisible();
  await page.goto(`${restaurant.url}/people`);
  await signIn(page, "mei");
  const ravi = page.locator("[data-user=ravi]");
  await ravi.getByRole("button", { name: "Change" }).click();
  await expect(ravi.locator("[data-session]")).toHaveCount(1);
  await ravi.locator("[data-session]").getByRole("button").click();
  await expect(ravi.locator("[data-session]")).toHaveCount(0);
  await expect(telephone.getByRole("heading", { name: "Please sign in" })).toBeVisible();
  await telephone.context().close();
});
