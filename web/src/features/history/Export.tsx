import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";
import { say } from "../../ui/toasts";
import { csvOf, nameAt, save } from "./csv";
import type { Filter } from "./filter";

/** Saves all that the filter finds as a file, says how far it is, and can be stopped. */
export function Export({ filter, disabled }: { filter: Filter; disabled: boolean }) {
  const { t, i18n } = useTranslation();
  const [count, setCount] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const run = async () => {
    const stop = new AbortController();
    running.current = stop;
    setCount(0);
    try {
      const blob = await csvOf(filter, setCount, stop.signal);
      save(blob, nameAt(new Date()));
      say({ text: t("history.exported") });
    } catch (error) {
      if (!stop.signal.aborted) say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
    } finally {
      setCount(null);
    }
  };
  if (count === null) {
    return (
      <Button disabled={disabled} onClick={() => void run()}>
        {t("history.export")}
      </Button>
    );
  }
  const read = new Intl.NumberFormat(i18n.language).format(count);
  return (
    <span className="flex items-center gap-2">
      <span role="status">{t("history.exporting", { read })}</span>
      <Button onClick={() => running.current?.abort()}>{t("history.stop")}</Button>
    </span>
  );
}
