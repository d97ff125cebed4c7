/** The past as a file for a spreadsheet. */
import { ApiError } from "../../api/client";
import type { Order } from "../../feed/fold";
import type { Filter } from "./filter";
import { type Page, type Position, pageAt, start } from "./pages";

const COLUMNS = {
  number: (order: Order) => String(order.number),
  type: (order: Order) => order.type,
  status: (order: Order) => order.status,
  createdAt: (order: Order) => order.createdAt,
  processingStartedAt: (order: Order) => order.processingStartedAt,
  completedAt: (order: Order) => order.completedAt,
  cancelledAt: (order: Order) => order.cancelledAt,
  collectedAt: (order: Order) => order.collectedAt,
  lines: (order: Order) =>
    order.lines
      .map(({ quantity, name, note }) => `${quantity} × ${name}${note ? ` (${note})` : ""}`)
      .join("; "),
  note: (order: Order) => order.note,
  externalRef: (order: Order) => order.externalRef,
} as const;

/**
 * What a spreadsheet takes for a formula: also behind space or signs that nobody sees, and in the wide form of Chinese
 * and Japanese keyboards. Some drop a tab or a line's end and look at what follows.
 */
const FORMULA = /^(?:[\t\r\n]|[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠])/u;

/** A cell. What a spreadsheet would take for a formula is made text. */
export function cell(text: string | null): string {
  if (text === null) return "";
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function row(order: Order): string {
  return `${Object.values(COLUMNS)
    .map((of) => cell(of(order)))
    .join(",")}\r\n`;
}

/** Without this mark Excel takes UTF-8 for something else. */
const MARK = "\uFEFF";

const TRIES = 4;

async function patiently(position: Position, signal: AbortSignal): Promise<Page> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pageAt(position, signal);
    } catch (error) {
      const again = error instanceof ApiError && error.passes && attempt < TRIES && !signal.aborted;
      if (!again) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    }
  }
}

/** Every order of the filter, a page at a time. What is read goes into a blob at once, not onto the heap. */
export async function csvOf(
  filter: Filter,
  told: (count: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const parts = [new Blob([MARK, Object.keys(COLUMNS).join(","), "\r\n"])];
  let count = 0;
  for (let next: Position | null = start(filter); next !== null; ) {
    signal.throwIfAborted();
    const page: Page = await patiently(next, signal);
    parts.push(new Blob([page.orders.map(row).join("")]));
    count += page.orders.length;
    told(count);
    next = page.next;
  }
  signal.throwIfAborted();
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}

/** What a file is called that was made at some moment: by the day of this device. */
export function nameAt(moment: Date): string {
  const parts = [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()];
  return `orders-${parts.map((part) => String(part).padStart(2, "0")).join("-")}.csv`;
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
