import { choose } from "../../who/place";
import { begin } from "../account/arrive";

/** Another restaurant is another page: it begins anew, and knows nothing of the former. */
export function goTo(slug: string): void {
  choose(slug);
  begin("/");
}
