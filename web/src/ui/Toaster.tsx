import { Toast } from "@base-ui/react/toast";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { type Said, UNDO_MS, useUnsaid } from "./toasts";

/** None hides another that can still be answered; those that are too many to see are scrolled to. */
const SHOWN_MAX = 100;

const manager = Toast.createToastManager();

function show({ text, wrong = false, stays = false, action }: Said): void {
  const id = manager.add({
    title: text,
    type: wrong ? "wrong" : "done",
    priority: wrong ? "high" : "low",
    timeout: stays || wrong ? 0 : action ? (action.forMs ?? UNDO_MS) : 4_000,
    ...(action && {
      actionProps: {
        children: action.label,
        onClick: () => {
          manager.close(id);
          action.run();
        },
      },
    }),
  });
}

/** Shows what the app says. Nothing waits for it: it is loaded after the screen is there. */
export function Toaster() {
  const unsaid = useUnsaid((state) => state.unsaid);
  useEffect(() => {
    if (unsaid.length === 0) return;
    useUnsaid.setState({ unsaid: [] });
    for (const each of unsaid) show(each);
  }, [unsaid]);
  return (
    <Toast.Provider toastManager={manager} limit={SHOWN_MAX}>
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-4 bottom-[calc(var(--room-below,0px)+1.5rem)] low:top-2 low:bottom-auto z-50 mx-auto grid max-h-[40dvh] max-w-md gap-2 overflow-y-auto overscroll-contain rounded-xl">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  const { t } = useTranslation();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className={`flex min-h-12 items-center gap-2 rounded-xl border px-4 py-2 shadow-card transition-opacity duration-200 data-ending-style:opacity-0 data-starting-style:opacity-0 ${toast.type === "wrong" ? "border-too-late bg-too-late-soft text-too-late" : "border-line bg-ink text-page"}`}
    >
      <Toast.Title className="grow font-bold text-body" />
      {toast.actionProps && (
        <Toast.Action className="min-h-11 rounded-lg px-3 font-bold underline underline-offset-4" />
      )}
      <Toast.Close aria-label={t("actions.close")} className="min-h-11 min-w-11 rounded-lg text-lead">
        ×
      </Toast.Close>
    </Toast.Root>
  ));
}
