/** What the screens of people and devices ask the server for, kept while they are open. */
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      gcTime: 0,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.passes,
    },
  },
});

export function Asked({ children }: { children: ReactNode }) {
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}

/** Reads what is shown anew. */
export function refresh(name: string): Promise<void> {
  return queries.invalidateQueries({ queryKey: [name] });
}

export function useAsked<T>(name: string, ask: (signal: AbortSignal) => Promise<T>) {
  return useQuery({ queryKey: [name], queryFn: ({ signal }) => ask(signal) });
}

interface Props<T> {
  asked: { data: T | undefined; error: Error | null; refetch: () => unknown };
  children: (data: T) => ReactNode;
}

/** What was answered, the shape of what comes, or why nothing does. */
export function Answered<T>({ asked, children }: Props<T>) {
  const { t } = useTranslation();
  if (asked.data !== undefined) return children(asked.data);
  if (asked.error) {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-4 rounded-xl bg-too-late-soft px-4 py-3">
        <p className="grow font-bold text-too-late">{t("form.notRead", { why: whyNot(t, asked.error) })}</p>
        <Button onClick={() => void asked.refetch()}>{t("form.again")}</Button>
      </div>
    );
  }
  return (
    <div aria-busy="true" className="grid gap-2">
      <p className="sr-only">{t("form.loading")}</p>
      {[0, 1, 2].map((row) => (
        <div key={row} className="h-16 rounded-xl bg-well" />
      ))}
    </div>
  );
}
