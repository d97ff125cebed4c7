/** Comes in as somebody, or leaves. Whoever comes begins a page of their own. */
import { answer, api } from "../../api/client";
import { author, authorOf, disown, forgetTheirs, type Me, remember, useMe } from "../../who/me";
import { forgetUnsent } from "../board/actions";

/** As the outbox takes it: while somebody else comes in, nothing is sent for whoever was here. */
const LOCK = "feedme:outbox";

/** A tab that was frozen with the lock does not keep anybody out. */
const FREE_WITHIN_MS = 3_000;

async function alone<T>(then: () => Promise<T>): Promise<T> {
  let begun = false;
  const once = () => {
    begun = true;
    return then();
  };
  try {
    const signal = AbortSignal.timeout(FREE_WITHIN_MS);
    return await (navigator.locks?.request(LOCK, { signal }, once) ?? once());
  } catch (error) {
    if (begun) throw error;
    return then();
  }
}

/** Asks to come in, and goes on at `to` as whom the server says. Throws what the server refuses. */
export async function arrive(ask: () => Promise<{ user: Me }>, to: string): Promise<void> {
  await alone(async () => {
    const before = useMe.getState().me;
    const { user } = await ask();
    if (!before || authorOf(before) !== authorOf(user)) forgetTheirs();
    remember(user);
  });
  begin(to);
}

/** Loads the page, also where only what is behind the `#` would be another. */
export function begin(to: string): void {
  const there = new URL(to, location.href);
  const here = there.pathname === location.pathname && there.search === location.search;
  if (here) location.reload();
  else location.replace(there);
}

/** Ends the session and forgets all that this device keeps of them. Throws when the server cannot be asked. */
export async function leave(): Promise<void> {
  // Before anything else: while this waits, the page may learn who is there without them.
  const { via } = useMe.getState().me ?? {};
  await alone(async () => {
    // Another request may be told before this one that nobody is here any more.
    const whose = author();
    await answer(api.POST("/api/auth/logout"));
    forgetTheirs();
    if (whose !== null) await forgetUnsent(whose);
  });
  disown();
  location.replace(via === "demonstration" ? "/" : "/sign-in");
}
