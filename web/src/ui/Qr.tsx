import { encode } from "uqr";

/** Modules of quiet around it, without which cameras find nothing. */
const QUIET = 4;

/** A picture for cameras: dark on light in every theme, because some read no other. */
export function Qr({ text, label, className = "" }: { text: string; label: string; className?: string }) {
  const { data, size } = encode(text, { border: QUIET });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className={`rounded-xl border border-line forced-color-adjust-none ${className}`}
    >
      <path d={`M0 0h${size}v${size}H0z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
