import { Component, type ReactNode } from "react";

interface Props {
  children: ReactNode;
}

/** What had the focus, and where to go when it is gone. */
interface Place {
  readonly root: HTMLElement;
  readonly name: string | null;
  /** The orders after it in its list, then those before it, nearest first. */
  readonly others: readonly HTMLElement[];
  /** What scrolls around them. */
  readonly list: HTMLElement | null;
}

/**
 * Whoever works down a list from the keyboard goes on where they are: when a button goes with its order, the same button
 * of the next order has the focus, or that of the one before, or the list.
 *
 * An order says which by `data-order`. A class, because no hook sees the page before React changes it.
 */
export class KeepFocus extends Component<Props> {
  override getSnapshotBeforeUpdate(): Place | null {
    const button = document.activeElement;
    const order = button?.closest<HTMLElement>("[data-order]");
    const root = order?.closest("main");
    if (!root || !order || button === order) return null;
    const list = order.closest<HTMLElement>("[tabindex]");
    const all = [...(list ?? root).querySelectorAll<HTMLElement>("[data-order]")];
    const at = all.indexOf(order);
    const others = [...all.slice(at + 1), ...all.slice(0, at).reverse()];
    return { root, name: button?.getAttribute("aria-label") ?? null, others, list };
  }

  override componentDidUpdate(_before: Props, _state: unknown, was: Place | null): void {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (!was || !lost) return;
    const buttons = [...was.root.querySelectorAll<HTMLElement>("[data-order] button")];
    // It went elsewhere, as a card does from column to column, or was drawn anew.
    const itself = buttons.find(
      (button) => button.getAttribute("aria-label") === was.name && isShown(button),
    );
    const next = was.others.map((order) => order.querySelector("button")).find((it) => it && isShown(it));
    const to = itself ?? next;
    to?.addEventListener("keydown", letOneKeyDoOneThing);
    (to ?? was.list)?.focus();
  }

  override render(): ReactNode {
    return this.props.children;
  }
}

function isShown(element: HTMLElement): boolean {
  return element.isConnected && element.offsetParent !== null;
}

/** Enter that is held down would go through the whole list. */
function letOneKeyDoOneThing(event: KeyboardEvent): void {
  if (event.repeat) event.preventDefault();
}
