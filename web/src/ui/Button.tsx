import type { ButtonHTMLAttributes, ReactNode } from "react";
import { useShortcutChoice } from "./shortcuts";

const LOOKS = {
  primary: "border border-transparent bg-press text-press-ink hover:brightness-110 active:brightness-95",
  quiet: "bg-card text-ink border border-line hover:bg-press-soft active:brightness-95",
  vip: "bg-vip-soft text-vip-ink border-2 border-vip hover:brightness-105 active:brightness-95",
  danger: "bg-too-late-soft text-too-late border border-too-late hover:brightness-105 active:brightness-95",
  bare: "border border-transparent text-press hover:bg-press-soft",
} as const;

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOKS;
  /** The key that does the same. */
  shortcut?: string;
  children: ReactNode;
}

/** Never smaller than a finger. */
export function Button({ look = "quiet", shortcut, className = "", children, ...rest }: Props) {
  const shortcuts = useShortcutChoice((state) => state.on);
  return (
    <button
      type="button"
      aria-keyshortcuts={shortcuts ? shortcut : undefined}
      className={`inline-flex min-h-11 min-w-11 items-center justify-center gap-2 whitespace-nowrap rounded-lg max-[22.5rem]:whitespace-normal px-4 font-bold text-body max-tablet:px-2 transition-[background-color,filter,opacity] duration-150 disabled:opacity-55 ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {children}
      {shortcuts && shortcut && <Key>{shortcut}</Key>}
    </button>
  );
}

/** A key of the keyboard; not shown where there is none. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="hidden rounded border border-current px-1.5 font-sans text-small opacity-80 wide:pointer-fine:inline-block">
      {children}
    </kbd>
  );
}
