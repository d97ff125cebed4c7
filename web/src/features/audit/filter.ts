/** Which entries of the log are shown. It stands in the address, so it can be shared and gone back to. */
export interface Filter {
  /** The first and the last day, as `2026-05-04`. */
  readonly from?: string;
  readonly to?: string;
  readonly who?: string;
  readonly kind?: string;
}

function day(word: unknown): string | undefined {
  const found = typeof word === "string" && /^\d{4}-\d\d-\d\d$/.test(word);
  return found && !Number.isNaN(Date.parse(word)) ? word : undefined;
}

/** As long as the longest name. */
const WORD_MAX = 64;

function text(word: unknown): string | undefined {
  // An address may have a number where a name is meant.
  const said = typeof word === "number" ? String(word) : word;
  return typeof said === "string" && said.trim() !== "" ? said.slice(0, WORD_MAX) : undefined;
}

/** The filter in an address; what makes no sense is left out. */
export function filterIn(search: Record<string, unknown>): Filter {
  const [from, to, who, kind] = [day(search.from), day(search.to), text(search.who), text(search.kind)];
  return { ...(from && { from }), ...(to && { to }), ...(who && { who }), ...(kind && { kind }) };
}

function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

/** What is asked of the server: days are those of this device. */
export function queryOf({ from, to, who, kind }: Filter): Filter {
  return {
    ...(from && { from: midnight(from, 0) }),
    ...(to && { to: midnight(to, 1) }),
    ...(who && { who: who.trim() }),
    ...(kind && { kind }),
  };
}
