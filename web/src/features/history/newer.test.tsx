import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import type { Feed } from "../../feed/feed";
import { FeedContext } from "../../feed/react";
import { Newer } from "./Newer";
import { newest } from "./pages";

vi.mock("./pages", async (original) => ({ ...(await original<object>()), newest: vi.fn(async () => []) }));

let root: ReturnType<typeof createRoot>;
let version: number;
let told: () => void;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.useFakeTimers();
  vi.mocked(newest).mockClear();
  version = 7;
  const feed = {
    view: () => ({ board: { epoch: "e", version } }),
    subscribe: (watcher: () => void) => {
      told = watcher;
      return () => {};
    },
  } as unknown as Feed;
  root = createRoot(document.createElement("div"));
  const filter = {};
  act(() =>
    root.render(
      <FeedContext value={feed}>
        <Newer filter={filter} pages={[]} since="e-7" disabled={false} onShow={() => {}} />
      </FeedContext>,
    ),
  );
});

afterEach(() => {
  act(() => root.unmount());
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The feed tells of something, and then of nothing for a while. */
const tell = (to: number) =>
  act(async () => {
    version = to;
    told();
    await vi.advanceTimersByTimeAsync(10_000);
  });

test("while nothing happens nothing is asked", async () => {
  await tell(7);
  await tell(7);
  expect(newest).not.toHaveBeenCalled();
});

test("a rush is asked about once in a while", async () => {
  await act(async () => {
    for (let changes = 0; changes < 100; changes += 1) {
      version += 1;
      told();
      await vi.advanceTimersByTimeAsync(50);
    }
  });
  await tell(version);
  expect(newest).toHaveBeenCalledTimes(3);
});

test("after a failure the next change is asked about", async () => {
  vi.mocked(newest).mockRejectedValueOnce(new ApiError(null));
  await tell(8);
  await tell(8);
  expect(newest).toHaveBeenCalledTimes(1);
  await tell(9);
  expect(newest).toHaveBeenCalledTimes(2);
});
