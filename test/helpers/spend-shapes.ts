// Years of made-up spend whose shape is known: what forecasts are held against. Seeded, so that figures can be compared.

import type { SpendHour } from '../../worker/foresight/days.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

export type SpendShape = 'steady' | 'weekday' | 'growth' | 'burst';
export const spendShapes: readonly SpendShape[] = ['steady', 'weekday', 'growth', 'burst'];

/** Micro-dollars by hour for so many days that end at `endMs`, a midnight in UTC. */
export function spendOf(shape: SpendShape, days: number, endMs: number, seed = 1): SpendHour[] {
  const random = seeded(seed);
  const hours: SpendHour[] = [];
  for (let day = 0; day < days; day += 1) {
    const startMs = endMs - (days - day) * DAY_HOURS * HOUR_MS;
    const level = 100_000_000 * levelOf(shape, day, new Date(startMs).getUTCDay(), random);
    for (let hour = 0; hour < DAY_HOURS; hour += 1) {
      const share = hour >= 8 && hour < 18 ? 0.085 : 0.15 / 14;
      hours.push({ startMs: startMs + hour * HOUR_MS, amount: Math.round(level * share * noise(random, 0.2)) });
    }
  }
  return hours;
}

function levelOf(shape: SpendShape, day: number, weekday: number, random: () => number): number {
  const isWeekend = weekday === 0 || weekday === 6;
  switch (shape) {
    case 'steady':
      return noise(random, 0.1);
    case 'weekday':
      return (isWeekend ? 0.1 : 1) * noise(random, 0.15);
    case 'growth':
      return (isWeekend ? 0.3 : 1) * 1.08 ** (day / 7) * noise(random, 0.15);
    case 'burst':
      return (isWeekend ? 0.2 : 1) * (random() < 0.08 ? 5 : 1) * noise(random, 0.2);
  }
}

/** Around 1, never below a tenth. */
function noise(random: () => number, spread: number): number {
  return Math.max(0.1, 1 + spread * (random() + random() + random() - 1.5) * 2);
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 0x1_00_00_00_00;
    return state / 0x1_00_00_00_00;
  };
}
