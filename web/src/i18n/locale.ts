/** Dates and times as people write them where the reader lives. */

/**
 * The first of the reader's languages that is the app's, with the region that stands in it: in English the fourth of May
 * is 04/05 in Malaysia and 05/04 in the United States. The app's language alone where the reader names none.
 */
export function localeOf(language: string, wanted: readonly string[] = navigator.languages): string {
  return wanted.find((tag) => tag.split("-")[0] === language && isKnown(tag)) ?? language;
}

/** Some browsers name a language in a form that dates cannot be asked for, as in `en-US@posix`. */
function isKnown(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
