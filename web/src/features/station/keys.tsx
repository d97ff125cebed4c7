import { type ReactNode, useEffect } from "react";
import { useShortcutChoice } from "../../ui/shortcuts";

export const DONE = ["Enter", "1"] as const;
export const BACK = ["Backspace", "0"] as const;

/** The part of the page whose own controls the keys act beside. */
export const OWN = { "data-station": true } as const;

/** Those keys that act: a digit is one that acts alone and can be switched off, Enter and Backspace are not. */
function useActing(keys: readonly string[]): readonly string[] {
  const digits = useShortcutChoice((state) => state.on);
  return digits ? keys : keys.filter((key) => !/^\d$/.test(key));
}

/**
 * The keys of a bump bar or a keyboard. What has the focus keeps its own Enter, and whoever is at something that is
 * none of the station's is not cooking.
 */
export function useBumpBar(acts: { done: () => void; back: () => void }) {
  const [done, back] = [useActing(DONE), useActing(BACK)];
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const inside = (what: string) => target instanceof HTMLElement && target.closest(what) !== null;
      if (inside("a, button, input, select, textarea, [role=switch]") && !inside("[data-station]")) return;
      if (inside("[role=dialog], [role=alertdialog]")) return;
      if (key === "Enter" && inside("button, a, [role=switch]")) return;
      const act = done.includes(key) ? acts.done : back.includes(key) ? acts.back : null;
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
}

const SIGNS: Record<string, string> = { Enter: "↵", Backspace: "⌫" };

/** Which keys do the same as a button. */
export function Keys({ of }: { of: readonly string[] }) {
  return (
    <span aria-hidden="true" className="flex gap-1">
      {of.map((key) => (
        <kbd
          key={key}
          className="min-w-8 rounded border border-current px-1.5 py-0.5 text-center font-sans text-body"
        >
          {SIGNS[key] ?? key}
        </kbd>
      ))}
    </span>
  );
}

interface Props {
  look: "primary" | "quiet";
  keys: readonly string[];
  disabled: boolean;
  onPress: () => void;
  className: string;
  children: ReactNode;
}

const LOOKS = {
  primary: "border-2 border-transparent bg-press text-press-ink hover:brightness-110 active:brightness-95",
  quiet: "border-2 border-line bg-card text-ink hover:bg-press-soft active:brightness-95",
} as const;

/** As large as a thumb in a hurry needs it. It lets go of the focus, so that Enter never repeats a touch. */
export function BigButton({ look, keys, disabled, onPress, className, children }: Props) {
  const acting = useActing(keys);
  return (
    <button
      type="button"
      aria-keyshortcuts={acting.join(" ")}
      aria-disabled={disabled}
      className={`flex min-h-20 items-center justify-center gap-3 rounded-2xl px-4 font-bold text-lead transition-[background-color,filter,opacity] duration-150 aria-disabled:opacity-55 tablet:min-h-24 tablet:text-head ${LOOKS[look]} ${className}`}
      onClick={(event) => {
        if (event.detail > 0) event.currentTarget.blur();
        if (!disabled) onPress();
      }}
    >
      {children}
      <Keys of={acting} />
    </button>
  );
}
