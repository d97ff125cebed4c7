import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { whyNot } from "../../api/tried";
import { Button } from "../../ui/Button";
import { say } from "../../ui/toasts";
import { Part } from "../settings/fields";
import { Answered, refresh, useAsked } from "./asked";
import { deviceInWords } from "./device";
import { useWhen } from "./when";

type Session = components["schemas"]["SessionView"];

/** Where one is signed in, and the end of that. */
export function Sessions() {
  const { t } = useTranslation();
  const asked = useAsked("sessions", (signal) => answer(api.GET("/api/auth/sessions", { signal })));
  const end = async (ask: () => Promise<{ ended: number }>) => {
    try {
      const { ended } = await ask();
      say({ text: t("account.ended", { count: ended }) });
    } catch (error) {
      say({ text: t("said.failed", { why: whyNot(t, error) }), wrong: true });
    }
    await refresh("sessions");
  };
  return (
    <Part title={t("account.sessions")}>
      <Answered asked={asked}>
        {({ sessions }) => (
          <>
            <SessionList
              sessions={sessions}
              onEnd={(id) =>
                void end(() => answer(api.DELETE("/api/auth/sessions/{id}", { params: { path: { id } } })))
              }
            />
            {sessions.length > 1 ? (
              <Button
                className="justify-self-start"
                onClick={() => void end(() => answer(api.DELETE("/api/auth/sessions")))}
              >
                {t("account.endOthers")}
              </Button>
            ) : (
              <p className="text-soft">{t("account.noOthers")}</p>
            )}
          </>
        )}
      </Answered>
    </Part>
  );
}

/** Where somebody is signed in, with a button that ends each. */
export function SessionList({
  sessions,
  onEnd,
}: {
  sessions: readonly Session[];
  onEnd: (id: string) => void;
}) {
  return (
    <ul className="grid gap-2">
      {sessions.map((session) => (
        <One key={session.id} session={session} onEnd={() => onEnd(session.id)} />
      ))}
    </ul>
  );
}

function One({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { t } = useTranslation();
  const when = useWhen();
  const device = deviceInWords(session.device) ?? t("account.unknownDevice");
  return (
    <li
      data-session={session.current ? "current" : "other"}
      className={`flex items-center gap-3 rounded-xl border px-4 py-2 ${session.current ? "border-press bg-press-soft" : "border-line"}`}
    >
      <div className="min-w-0 grow">
        <p className="font-bold">
          {device}
          {session.current && <span className="ml-2 font-normal text-press">{t("account.thisDevice")}</span>}
        </p>
        <p className="text-small text-soft">
          {session.address && `${t("account.from", { address: session.address })} · `}
          {t("account.since", { when: when(session.createdAt) })} ·{" "}
          {t("account.seen", { when: when(session.seenAt) })}
        </p>
      </div>
      {!session.current && (
        <Button look="bare" aria-label={t("account.endSessionOf", { device })} onClick={onEnd}>
          {t("account.endSession")}
        </Button>
      )}
    </li>
  );
}
