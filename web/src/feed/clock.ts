/**
 * The server's time, from what it says and a clock that only counts.
 *
 * A message says what time it was when it was sent, so on arrival it is later than that by however long it
 * travelled: the largest difference seen is the nearest to the truth. The clock of this device is never asked what
 * time it is, so it may be wrong by any amount.
 */

/** Differences remembered. At one every two seconds, those of the last minute: clocks drift apart, slowly. */
const REMEMBERED = 30;

export class ServerClock {
  #differences: number[] = [];
  readonly #elapsed: () => number;
  readonly #opened: number;

  /** `elapsed` counts milliseconds since some moment and never goes back. */
  constructor(elapsed: () => number = () => performance.now()) {
    this.#elapsed = elapsed;
    this.#opened = elapsed();
  }

  /** When this clock was made, by the time it tells now. */
  get openedAt(): number {
    return this.now() - (this.#elapsed() - this.#opened);
  }

  /** Notes that the server said what time it is, just now. */
  heard(serverTime: string): void {
    const said = Date.parse(serverTime);
    if (Number.isNaN(said)) return;
    const difference = said - this.#elapsed();
    // A server that was replaced by one with another clock: what was learnt from the first is worth nothing.
    if (this.known && Math.abs(difference - this.#difference()) > 60_000) this.#differences = [];
    this.#differences.push(difference);
    if (this.#differences.length > REMEMBERED) this.#differences.shift();
  }

  /** Whether the server has said what time it is. */
  get known(): boolean {
    return this.#differences.length > 0;
  }

  /** The server's time in milliseconds since 1970; this device's as long as the server has said nothing. */
  now(): number {
    return this.known ? this.#difference() + this.#elapsed() : Date.now();
  }

  #difference(): number {
    return Math.max(...this.#differences);
  }
}
