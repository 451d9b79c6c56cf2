// The shape of a model pattern. Stars are few because each multiplies the work of a match. Pure.

export const MAX_PATTERN_STARS = 4;
const PATTERN = /^[a-zA-Z0-9*][a-zA-Z0-9._:@/*-]{0,127}$/;

export function patternShape(text: string): boolean {
  return PATTERN.test(text) && text.split('*').length - 1 <= MAX_PATTERN_STARS;
}
