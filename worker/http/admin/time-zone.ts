// Whether a text names a time zone that windows of budgets can be computed in. Pure.

/** Names only: an offset such as "+01:00" has no summer time and is none of them. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;
const MAX_ZONE_LENGTH = 64;

export function isTimeZone(text: string): boolean {
  if (text.length > MAX_ZONE_LENGTH || !ZONE_NAME.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
