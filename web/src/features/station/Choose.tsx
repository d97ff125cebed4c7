import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keyed, tried, whyNot } from "../../api/tried";
import type { Board } from "../../feed/fold";
import { Button } from "../../ui/Button";
import { Hand, Plus } from "../../ui/icons";
import { say } from "../../ui/toasts";
import { useMe } from "../../who/me";
import { may } from "../../who/rights";
import { useStation } from "./station";

/** Which bot somebody is: one that stands, or a new one. */
export function Choose({ board, removed }: { board: Board; removed: boolean }) {
  const { t } = useTranslation();
  const choose = useStation((state) => state.choose);
  const manages = useMe(({ me }) => may(me, "manage"));
  const [adding, setAdding] = useState(false);
  const bots = board.bots.filter((bot) => bot.mode === "pull").toReversed();
  const numbers = new Map(board.processing.map((order) => [order.id, order.number]));
  const add = async () => {
    setAdding(true);
    const params = keyed();
    try {
      const { bot } = await tried(() => answer(api.POST("/api/bots", { params, body: { mode: "pull" } })));
      choose(bot.id, true);
    } catch (error) {
      say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
      setAdding(false);
    }
  };
  return (
    <main className="mx-auto grid w-full max-w-3xl grow content-start gap-5 overflow-y-auto p-4 tablet:p-8">
      <div className="grid gap-2">
        <h1 className="font-bold text-head">{t("station.chooseTitle")}</h1>
        <p className="text-soft">{t("station.chooseWhat")}</p>
      </div>
      {removed && (
        <p role="alert" className="rounded-xl bg-late-soft px-4 py-3 font-bold text-late">
          {t("station.removed")}
        </p>
      )}
      {bots.length > 0 && (
        <ul className="grid gap-3 tablet:grid-cols-2">
          {bots.map((bot) => {
            const cooks = numbers.get(bot.currentOrderId ?? "");
            return (
              <li key={bot.id}>
                <button
                  type="button"
                  data-bot={bot.number}
                  className="flex min-h-20 w-full items-center gap-4 rounded-2xl border-2 border-line bg-card px-5 text-left shadow-card transition-colors duration-150 hover:border-press hover:bg-press-soft"
                  onClick={() => choose(bot.id)}
                >
                  <Hand className="size-8 shrink-0 text-soft" />
                  <span className="grid">
                    <strong className="text-lead">{t("bots.name", { number: bot.number })}</strong>
                    <span className="text-soft">
                      {cooks === undefined ? t("station.free") : t("bots.cooks", { number: cooks })}
                    </span>
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <div className="grid gap-2">
        {bots.length === 0 && <p>{t(manages ? "station.none" : "station.noneYet")}</p>}
        {manages && (
          <Button
            look={bots.length === 0 ? "primary" : "quiet"}
            className="min-h-16 text-lead"
            disabled={adding}
            onClick={() => void add()}
          >
            <Plus />
            {t("station.add")}
          </Button>
        )}
      </div>
    </main>
  );
}
