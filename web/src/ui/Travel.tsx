import { Component, type ReactNode, type RefObject } from "react";

const TAKES_MS = 220;
const EASING = "cubic-bezier(0.2, 0.8, 0.3, 1)";

/** More than so many at once nobody follows with their eyes. */
const FLIGHTS_MAX = 8;

/** What happened longer ago is caught up with, not watched. */
const NEWS_MS = 2_000;

interface Place {
  readonly element: HTMLElement;
  readonly box: DOMRect;
  readonly column: string | undefined;
}

interface Props {
  /** What is shown. When it is another object, whatever stands elsewhere than before travels there. */
  of: unknown;
  within: RefObject<HTMLElement | null>;
  /** Tells the server's time. */
  clock: { now: () => number };
  children: ReactNode;
}

/**
 * Moves what changes its place: from column to column above everything, within a column on its way.
 *
 * What travels says who it is by `data-travels` and since when it is there by `data-since`, a column its name by
 * `data-column`. What goes to a column that does not show it, as on a phone, flies to the element that names that column
 * in `data-travels-to`.
 *
 * A class, because no hook sees the page before React changes it.
 */
export class Travel extends Component<Props> {
  readonly #shifts = new Set<Animation>();

  override getSnapshotBeforeUpdate(before: Props): Map<string, Place> | null {
    const root = this.props.within.current;
    return root && before.of !== this.props.of && !document.hidden ? placesIn(root) : null;
  }

  override componentDidUpdate(_before: Props, _state: unknown, from: Map<string, Place> | null): void {
    const root = this.props.within.current;
    if (!root || !from) return;
    // What is still on its way was measured there, and goes on from there.
    for (const shift of this.#shifts) shift.cancel();
    this.#shifts.clear();
    const to = placesIn(root);
    if (calm()) {
      for (const [id, { element, column }] of to) if (from.get(id)?.column !== column) fade(element);
      return;
    }
    const gone = [...from].filter(([id, { column }]) => to.get(id)?.column !== column);
    if (gone.length <= FLIGHTS_MAX) {
      const news = this.props.clock.now() - NEWS_MS;
      for (const [id, place] of gone) fly(root, id, place, to.get(id), news);
      for (const [id, place] of to) this.#shift(place, from.get(id));
    }
    for (const [id, { element }] of to) if (!from.has(id)) arrive(element);
  }

  override render(): ReactNode {
    return this.props.children;
  }

  /** Within a column. */
  #shift({ element, box, column }: Place, before: Place | undefined): void {
    if (!before || before.column !== column) return;
    const [x, y] = [before.box.x - box.x, before.box.y - box.y];
    if (x === 0 && y === 0) return;
    const shift = element.animate({ transform: [`translate(${x}px, ${y}px)`, "none"] }, timing());
    this.#shifts.add(shift);
    shift.onfinish = () => this.#shifts.delete(shift);
  }
}

/** What can be seen, and where. */
function placesIn(root: HTMLElement): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const column of root.querySelectorAll<HTMLElement>("[data-column]")) {
    const frame = column.getBoundingClientRect();
    for (const element of column.querySelectorAll<HTMLElement>("[data-travels]")) {
      const box = element.getBoundingClientRect();
      const seen = box.height > 0 && box.bottom > frame.top && box.top < frame.bottom;
      if (seen) places.set(element.dataset.travels ?? "", { element, box, column: column.dataset.column });
    }
  }
  return places;
}

/** From one column to another: what stood there flies, and gives way to what stands here. */
function fly(
  root: HTMLElement,
  id: string,
  { element, box }: Place,
  to: Place | undefined,
  news: number,
): void {
  const there = to?.element ?? root.querySelector<HTMLElement>(`[data-travels="${CSS.escape(id)}"]`);
  if (!there || Date.parse(there.dataset.since ?? "") < news) return;
  const target = to?.box ?? doorFor(root, there)?.getBoundingClientRect();
  // React has let go of it: it is ours. What it did not let go of stays where it is.
  if (!target || element.isConnected) return;
  const scale = to ? 1 : 0.4;
  const [x, y] = to
    ? [target.x - box.x, target.y - box.y]
    : [
        target.x + target.width / 2 - box.x - box.width / 2,
        target.y + target.height / 2 - box.y - box.height / 2,
      ];
  Object.assign(element.style, {
    position: "fixed",
    left: `${box.x}px`,
    top: `${box.y}px`,
    width: `${box.width}px`,
    height: `${box.height}px`,
    margin: "0",
    zIndex: "40",
    pointerEvents: "none",
  });
  element.setAttribute("aria-hidden", "true");
  element.inert = true;
  delete element.dataset.order;
  delete element.dataset.travels;
  document.body.append(element);
  const flight = element.animate(
    [
      { transform: "none", opacity: 1 },
      { opacity: 1, offset: 0.7 },
      { transform: `translate(${x}px, ${y}px) scale(${scale})`, opacity: 0 },
    ],
    timing(),
  );
  flight.onfinish = () => element.remove();
  flight.oncancel = () => element.remove();
  to?.element.animate({ opacity: [0, 0.2, 1] }, timing());
}

/** Where something went that cannot be seen there. */
function doorFor(root: HTMLElement, there: HTMLElement): HTMLElement | null {
  const column = there.closest<HTMLElement>("[data-column]")?.dataset.column;
  const doors = root.querySelectorAll<HTMLElement>(`[data-travels-to="${column}"]`);
  return [...doors].find((door) => door.offsetParent !== null) ?? null;
}

function arrive(element: HTMLElement): void {
  element.animate({ opacity: [0, 1], transform: ["translateY(-0.5rem) scale(0.985)", "none"] }, timing());
}

function fade(element: HTMLElement): void {
  element.animate({ opacity: [0, 1] }, timing());
}

function timing(): KeyframeAnimationOptions {
  return { duration: TAKES_MS, easing: EASING };
}

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
