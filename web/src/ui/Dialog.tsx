/** Dialogs, loaded when the first of their kind opens: a board is quicker there without them. */
import { type ComponentProps, lazy, Suspense, useRef } from "react";

const parts = () => import("./DialogParts");
const LazyAsk = lazy(async () => ({ default: (await parts()).Ask }));
const LazyDialog = lazy(async () => ({ default: (await parts()).Dialog }));

/** Stays once it was open, so that it can close in its own time. */
function useOpened(open: boolean): boolean {
  const opened = useRef(false);
  opened.current ||= open;
  return opened.current;
}

/** Asks before something happens, and says what will. */
export function Ask(props: ComponentProps<typeof LazyAsk>) {
  if (!useOpened(props.open)) return null;
  return (
    <Suspense fallback={null}>
      <LazyAsk {...props} />
    </Suspense>
  );
}

export function Dialog(props: ComponentProps<typeof LazyDialog>) {
  if (!useOpened(props.open)) return null;
  return (
    <Suspense fallback={null}>
      <LazyDialog {...props} />
    </Suspense>
  );
}
