/** How large the numbers of the ready board are. */

/** Sizes in pixels, from what one order deserves to the least that is read across a room. */
const SIZES = [420, 340, 280, 220, 180, 150, 120, 96];
const SMALL_SIZES = [160, 132, 110, 88, 72, 56, 48];

/** Wider areas hang on a wall. */
const SMALL_MAX_PX = 700;

/** In parts of the size of the letters: a digit, the crown with its gap, the space to the next number, a line. */
const [DIGIT, CROWN, GAP, LINE] = [0.66, 0.54, 0.3, 1.15];

export interface Area {
  readonly width: number;
  readonly height: number;
}

export interface Fit {
  /** Pixels. */
  readonly size: number;
  readonly across: number;
  /** How many numbers fit. */
  readonly fit: number;
}

interface Shown {
  readonly number: number;
  readonly type: "NORMAL" | "VIP";
}

/** How wide the widest of some numbers is, in parts of the size of its letters. */
export function widest(orders: readonly Shown[]): number {
  const wide = ({ number, type }: Shown) => String(number).length * DIGIT + (type === "VIP" ? CROWN : 0);
  return orders.reduce((widest, order) => Math.max(widest, wide(order)), DIGIT);
}

/** The largest size at which all stand in rows and columns; no digit is ever cut off, however small that makes them. */
export function fitting({ width, height }: Area, wide: number, count: number): Fit {
  const sizes = width < SMALL_MAX_PX ? SMALL_SIZES : SIZES;
  const at = (size: number): Fit => {
    const across = Math.floor((width + GAP * size) / (size * (wide + GAP)));
    return { size, across, fit: across * Math.floor(height / (size * LINE)) };
  };
  const found = sizes.map(at).find((each) => each.fit >= Math.max(1, count));
  if (found) return found;
  const least = sizes.at(-1) ?? 48;
  const size = Math.max(1, Math.floor(Math.min(least, width / wide, height / LINE)));
  const { across, fit } = at(size);
  return { size, across: Math.max(1, across), fit: Math.max(1, fit) };
}
