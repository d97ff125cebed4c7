/** What each role may do, as the server has it: what somebody may not do is not shown to them. */
import type { components } from "../api/schema";

export type Role = components["schemas"]["Role"];

const RIGHTS = {
  placeNormal: ["NORMAL", "MANAGER"],
  placeVip: ["VIP", "MANAGER"],
  /** Only one's own orders, and only while they wait, unless one manages. */
  cancel: ["NORMAL", "VIP", "MANAGER"],
  seeHistory: ["NORMAL", "VIP", "MANAGER"],
  /** Take orders, finish them and give them back. */
  cook: ["BOT", "MANAGER"],
  /** Hand over, delete, clear, change bots and settings, and all about people and devices. */
  manage: ["MANAGER"],
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof RIGHTS;

interface Person {
  readonly id: string | null;
  readonly role: Role;
}

/** Nobody may anything until it is known who they are. */
export function may(who: Person | null, right: Right): boolean {
  const roles: readonly Role[] = RIGHTS[right];
  return who !== null && roles.includes(who.role);
}

export function mayCancel(who: Person | null, order: { status: string; userId: string | null }): boolean {
  if (may(who, "manage")) return true;
  return may(who, "cancel") && order.userId === who?.id && order.status === "PENDING";
}

const WORKS: readonly Role[] = ["NORMAL", "VIP", "MANAGER"];

/** The screens that not everybody has. The others are for whoever finds them. */
const SCREENS: Record<string, readonly Role[]> = {
  "/": WORKS,
  "/display": ["MANAGER", "DISPLAY"],
  "/order": WORKS,
  "/station": RIGHTS.cook,
  "/history": RIGHTS.seeHistory,
  "/settings": [...WORKS, "BOT"],
  "/people": RIGHTS.manage,
  "/devices": RIGHTS.manage,
  "/audit": RIGHTS.manage,
};

export function maySee(who: Person | null, screen: string): boolean {
  return who !== null && (SCREENS[screen]?.includes(who.role) ?? true);
}

/** Where somebody begins. */
export function homeOf(role: Role): "/" | "/display" | "/station" {
  if (role === "DISPLAY") return "/display";
  return role === "BOT" ? "/station" : "/";
}
