import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LongList } from "./LongList";

let scroller: HTMLElement;
let root: Root;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  scroller = document.createElement("div");
  root = createRoot(scroller);
});

afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
});

const items = Array.from({ length: 200 }, (_, index) => ({ id: `order ${index}` }));
const estimate = vi.fn(() => 50);

function draw(more: Partial<Parameters<typeof LongList>[0]> = {}): void {
  const list = (
    <LongList items={items} scroller={scroller} estimate={estimate} overscan={2} {...more}>
      {({ id }) => id}
    </LongList>
  );
  act(() => root.render(list));
}

test("all of it is there for paper, and only then", () => {
  draw({ whole: true });
  expect(scroller.querySelectorAll("li")).toHaveLength(200);
  draw();
  expect(scroller.querySelectorAll("li").length).toBeLessThan(20);
});

test("only other items are laid out anew", () => {
  draw();
  estimate.mockClear();
  draw({ more: true, onEnd: () => {} });
  expect(estimate).not.toHaveBeenCalled();
  draw({ items: items.slice(1) });
  expect(estimate).toHaveBeenCalled();
});
