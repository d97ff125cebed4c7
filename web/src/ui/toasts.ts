/** What the app says in passing. */
import { create } from "zustand";

export interface Said {
  text: string;
  /** Something went wrong: it stays until somebody has read it. */
  wrong?: boolean;
  /** It waits until somebody answers. */
  stays?: boolean;
  /** What can be done about it. */
  action?: { label: string; run: () => void };
}

/** What was said and is not shown yet: whoever shows it may still be on its way. */
export const useUnsaid = create<{ readonly unsaid: readonly Said[] }>(() => ({ unsaid: [] }));

/** Says something for a moment, for eyes and for screen readers. */
export function say(said: Said): void {
  useUnsaid.setState(({ unsaid }) => ({ unsaid: [...unsaid, said] }));
}
