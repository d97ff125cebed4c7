import type { ReactNode } from "react";
import { LanguageChoice, ThemeChoice } from "../../app/Looks";

const CHOICE = "min-h-11 rounded-lg bg-transparent px-1 text-small text-soft hover:bg-press-soft";

/** What stands around the screens that strangers see. */
export function Outside({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <main
        className={`m-auto grid w-full gap-5 p-4 py-8 tablet:p-8 ${wide ? "max-w-5xl wall:max-w-[100rem]" : "max-w-lg"}`}
      >
        {children}
      </main>
      <footer className="flex flex-wrap justify-center gap-2 p-2">
        <LanguageChoice className={CHOICE} />
        <ThemeChoice className={CHOICE} />
      </footer>
    </div>
  );
}
