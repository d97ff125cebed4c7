/**
 * The one source of what every screen of this tab shows, shared with the other tabs of this browser.
 *
 * One tab, the leader, holds the connection and hands everything it hears to the others. Who leads is decided by a
 * Web Lock, which the browser gives to the next tab the moment the leader is gone. Every tab folds for itself, so
 * the next leader goes on where it stands: nothing is missed and nothing is folded twice.
 */
import { ownerOfPage } from "../who/me";
import { ServerClock } from "./clock";
import { type Board, boardOf, fold, messageOf, type Position } from "./fold";
import { type Shelf, shelf } from "./kept";
import { type Link, type Message, Source } from "./source";

/** Above this age the screen says loudly that it may be behind. */
export const STALE_MS = 5_000;

/** A leader says something every two seconds. One that is silent for longer is frozen, and is replaced. */
const LEADER_SILENT_MS = 7_000;

/** How often the board is kept while it changes. */
const KEEP_MS = 2_000;

/** What tabs say to each other. */
type Word = Message | { readonly kind: "hello" };

/** What a screen needs. A new object whenever anything in it changed, and only then. */
export interface View {
  readonly board: Board | null;
  readonly link: Link;
  /** When the server last confirmed what it shows, by its own clock. */
  readonly confirmedAt: number | null;
  /** Which tab holds the connection: this one for itself, this one for all, or another. */
  readonly role: "alone" | "leader" | "follower";
}

export interface Surroundings {
  readonly locks: Pick<LockManager, "request"> | undefined;
  readonly channel: ((name: string) => BroadcastChannel) | undefined;
  readonly source: (
    position: () => Position | null,
    tell: (message: Message) => void,
  ) => Pick<Source, "restart" | "hurry" | "close">;
  readonly clock: ServerClock;
  /** Where the last board is kept. */
  readonly shelf: Shelf | undefined;
  /** Calls back when it is time to draw. */
  readonly soon: (draw: () => void) => void;
}

function browser(base: string): Surroundings {
  return {
    locks: globalThis.navigator?.locks,
    channel: "BroadcastChannel" in globalThis ? (name) => new BroadcastChannel(name) : undefined,
    source: (position, tell) => new Source(base, position, tell),
    clock: new ServerClock(),
    shelf: shelf(`feedme:board:${base}`, ownerOfPage),
    // A hidden page draws no frames, but its title and its other tabs go on.
    soon: (draw) => {
      if (document.hidden) setTimeout(draw, 50);
      else requestAnimationFrame(draw);
    },
  };
}

export class Feed {
  readonly clock: ServerClock;
  readonly #name: string;
  readonly #around: Surroundings;
  #view: View = { board: null, link: "connecting", confirmedAt: null, role: "alone" };
  /** What was heard since the last drawing. */
  #next: View = this.#view;
  #drawing = false;
  readonly #watchers = new Set<() => void>();
  #channel: BroadcastChannel | null = null;
  #source: ReturnType<Surroundings["source"]> | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  /** Ends the leadership of this tab. */
  #resign: (() => void) | null = null;
  #closed = false;
  #keeping: ReturnType<typeof setTimeout> | undefined;

  constructor(base: string, around: Surroundings = browser(base)) {
    this.#name = `feedme:${base}`;
    this.#around = around;
    this.clock = around.clock;
    const kept = around.shelf?.load();
    if (kept) this.#next = { ...this.#next, board: boardOf(kept.board), confirmedAt: kept.confirmedAt };
    this.#view = this.#next;
    if (around.locks && around.channel) {
      this.#next = { ...this.#next, role: "follower" };
      this.#view = this.#next;
      this.#channel = around.channel(this.#name);
      this.#channel.onmessage = (event: MessageEvent<Word>) => this.#heard(event.data);
      this.#say({ kind: "hello" });
      this.#lead(false);
      this.#listenForLeader();
    } else {
      this.#connect("alone");
    }
  }

  /** What to show now. */
  readonly view = (): View => this.#view;

  /** Calls back after every change of the view; the answer ends it. */
  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Tries to connect at once. */
  hurry(): void {
    this.#source?.hurry();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#keeping);
    this.#source?.close();
    this.#source = null;
    this.#resign?.();
    this.#channel?.close();
    this.#watchers.clear();
  }

  #lead(steal: boolean): void {
    const held = () =>
      new Promise<void>((resolve) => {
        if (this.#closed) {
          resolve();
          return;
        }
        this.#resign = resolve;
        clearTimeout(this.#silence);
        this.#connect("leader");
      });
    const options: LockOptions = steal ? { steal: true } : {};
    this.#around.locks?.request(this.#name, options, held).catch(() => {
      // Another tab took over, because this one was frozen for too long. It follows from now on.
      if (this.#closed) return;
      this.#source?.close();
      this.#source = null;
      this.#change({ role: "follower" });
      this.#lead(false);
      this.#listenForLeader();
    });
  }

  #listenForLeader(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (!this.#closed && this.#source === null) this.#lead(true);
    }, LEADER_SILENT_MS);
  }

  #connect(role: "alone" | "leader"): void {
    this.#change({ role });
    const position = () => this.#next.board;
    this.#source = this.#around.source(position, (message) => {
      this.#take(message);
      this.#say(message);
    });
  }

  #say(word: Word): void {
    this.#channel?.postMessage(word);
  }

  /** Another tab said something. */
  #heard(word: Word): void {
    if (this.#closed) return;
    if (word.kind !== "hello") {
      if (this.#source !== null) return;
      this.#listenForLeader();
      this.#take(word);
      return;
    }
    if (this.#source === null) return;
    const { board, link, confirmedAt } = this.#next;
    if (board) this.#say({ kind: "snapshot", board: messageOf(board) });
    if (confirmedAt !== null) {
      const serverTime = new Date(this.clock.now()).toISOString();
      this.#say({ kind: "fresh", serverTime, confirmedAt: new Date(confirmedAt).toISOString() });
    }
    this.#say({ kind: "link", link });
  }

  #take(message: Message): void {
    if (message.kind === "snapshot") {
      const shown = this.#next.board;
      const { epoch, version } = message.board;
      // The server's word for the whole state is always taken, unless it is what is shown or older than that.
      const known = shown?.epoch === epoch && version <= shown.version;
      if (!known) this.#change({ board: boardOf(message.board) });
    } else if (message.kind === "event") {
      const shown = this.#next.board;
      const folded = shown && fold(shown, message.epoch, message.name, message.data);
      if (!folded || folded.kind === "gap") this.#missed();
      else if (folded.kind === "folded") this.#change({ board: folded.board });
    } else if (message.kind === "fresh") {
      this.clock.heard(message.serverTime);
      this.#change({ confirmedAt: Date.parse(message.confirmedAt) });
    } else {
      this.#change({ link: message.link });
    }
  }

  /** Keeps the board, now and then; one tab does it for all. */
  #keep(): void {
    if (this.#around.shelf === undefined || this.#source === null || this.#keeping !== undefined) return;
    this.#keeping = setTimeout(() => {
      this.#keeping = undefined;
      const { board, confirmedAt } = this.#next;
      if (board && confirmedAt !== null) this.#around.shelf?.save({ board: messageOf(board), confirmedAt });
    }, KEEP_MS);
  }

  /** An event does not follow what is shown: the whole state is needed. */
  #missed(): void {
    if (this.#source) this.#source.restart();
    else this.#say({ kind: "hello" });
  }

  #change(change: Partial<View>): void {
    const same = Object.entries(change).every(([key, value]) => this.#next[key as keyof View] === value);
    if (same) return;
    this.#next = { ...this.#next, ...change };
    this.#keep();
    if (this.#drawing) return;
    this.#drawing = true;
    this.#around.soon(() => {
      this.#drawing = false;
      this.#view = this.#next;
      for (const watcher of this.#watchers) watcher();
    });
  }
}
