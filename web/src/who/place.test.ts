import { describe, expect, test, vi } from "vitest";

describe("where a call goes", () => {
  test.each([
    ["/api/orders", "/api/restaurants/east/orders"],
    ["/api/orders/7/cancel", "/api/restaurants/east/orders/7/cancel"],
    ["/api/events", "/api/restaurants/east/events"],
    ["/api/pairings/find", "/api/restaurants/east/pairings/find"],
    ["/api/pairings", "/api/pairings"],
    ["/api/pairings/collect", "/api/pairings/collect"],
    ["/api/auth/me", "/api/auth/me"],
    ["/api/restaurants", "/api/restaurants"],
    ["/api/restaurants/west/archive", "/api/restaurants/west/archive"],
    ["/api/ordersome", "/api/ordersome"],
    ["/livez", "/livez"],
  ])("%s", async (path, there) => {
    const { moved } = await import("./place");
    expect(moved(path, "/api/restaurants/east")).toBe(there);
    expect(moved(path, "/api")).toBe(path);
  });
});

describe("the restaurant of a page", () => {
  const opened = async () => {
    vi.resetModules();
    return import("./place");
  };

  test("is one's own until another is chosen, and then that of the next page", async () => {
    localStorage.clear();
    sessionStorage.clear();
    const first = await opened();
    expect([first.chosen, first.BASE]).toEqual([null, "/api"]);
    first.choose("east");
    const second = await opened();
    expect([second.chosen, second.BASE]).toEqual(["east", "/api/restaurants/east"]);
    second.choose(null);
    expect((await opened()).chosen).toBeNull();
  });

  test("is each tab's own, and a new tab begins where somebody chose last", async () => {
    const { choose } = await opened();
    choose("east");
    sessionStorage.setItem("feedme:restaurant", "west");
    expect((await opened()).chosen).toBe("west");
    sessionStorage.clear();
    expect((await opened()).chosen).toBe("east");
  });

  test("is never what nobody could have chosen", async () => {
    sessionStorage.setItem("feedme:restaurant", "../auth");
    expect((await opened()).chosen).toBeNull();
  });
});
