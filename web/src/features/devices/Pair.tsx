import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { whyNot } from "../../api/tried";
import { useWallTheme } from "../../app/theme";
import { homeOf } from "../../who/rights";
import { arrive } from "../account/arrive";
import { Outside } from "../account/Outside";

const Qr = lazy(async () => ({ default: (await import("../../ui/Qr")).Qr }));

const POLL_MS = 2_000;
const AGAIN_MS = 4_000;

type Pairing = components["schemas"]["PairingBegun"];
type State =
  | { readonly kind: "asking" }
  | { readonly kind: "waiting"; readonly pairing: Pairing }
  | { readonly kind: "paired" }
  | { readonly kind: "failed"; readonly why: unknown };

/** What a screen shows until a manager has confirmed that it belongs here. */
export function Pair() {
  const { t } = useTranslation();
  const state = usePairing();
  useWallTheme();
  return (
    <Outside wide>
      <div className="grid gap-2 text-center">
        <h1 className="font-bold text-head wall:text-hero">{t("pair.title")}</h1>
        <p className="text-soft tablet:text-lead wall:text-head">{t("pair.what")}</p>
      </div>
      <div className="grid min-h-80 place-content-center justify-items-center gap-6 rounded-2xl bg-card p-6 text-center shadow-card wall:min-h-[30rem]">
        {state.kind === "waiting" && <Code pairing={state.pairing} />}
        <p role="status" className="font-bold text-lead wall:text-head">
          {state.kind === "paired" && t("pair.done")}
          {state.kind === "waiting" && t("pair.waiting")}
          {state.kind === "asking" && t("wait")}
          {state.kind === "failed" && t("pair.failed", { why: whyNot(t, state.why) })}
        </p>
      </div>
      <p className="text-center">
        <Link
          to="/sign-in"
          search={{ back: "/" }}
          className="inline-grid min-h-11 place-items-center text-press underline underline-offset-4"
        >
          {t("pair.signIn")}
        </Link>
      </p>
    </Outside>
  );
}

function Code({ pairing }: { pairing: Pairing }) {
  const { t } = useTranslation();
  const url = `${location.origin}/devices?code=${pairing.code}`;
  return (
    <div className="flex flex-wrap items-center justify-center gap-x-12 gap-y-6">
      <strong
        data-code
        className="whitespace-nowrap text-[clamp(1.5rem,11vw,2.75rem)] leading-none tracking-wider tablet:text-hero wall:text-[8rem]"
      >
        {pairing.code}
      </strong>
      <Suspense fallback={<div className="size-48 wall:size-80" />}>
        <Qr text={url} label={t("pair.qr")} className="size-48 wall:size-80" />
      </Suspense>
    </div>
  );
}

/** Asks for a code, and then whether somebody confirmed it; for another when it is good no more. */
function usePairing(): State {
  const [state, setState] = useState<State>({ kind: "asking" });
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    void follow(setState, signal);
    return () => ended.abort();
  }, []);
  return state;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function follow(tell: (state: State) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const pairing = await answer(api.POST("/api/pairings", { signal }));
      tell({ kind: "waiting", pairing });
      if (await collect(pairing, signal)) {
        tell({ kind: "paired" });
        const { user } = await answer(api.GET("/api/auth/me", { signal }));
        await arrive(async () => ({ user }), homeOf(user.role));
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      tell({ kind: "failed", why: error });
      const wait = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
      await pause(Math.max(AGAIN_MS, wait));
    }
  }
}

/** Whether it was confirmed; not, when the code is good no more. */
async function collect({ secret }: Pairing, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    await pause(POLL_MS);
    try {
      const body = { secret, cookie: true };
      const { status } = await answer(api.POST("/api/pairings/collect", { body, signal }));
      if (status === "paired") return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.code === "unknownPairing") return false;
      if (!error.passes) throw error;
    }
  }
  return false;
}
