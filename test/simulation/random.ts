// Chance that comes from a seed and nothing else: the same seed, the same history.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    for (let round = 0; round < 4; round += 1) this.next();
  }

  /** In [0, 1). The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d_2b_79_f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number between the two, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  pick<Option>(options: readonly Option[]): Option {
    const found = options[Math.floor(this.next() * options.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  weighted<Option>(options: readonly (readonly [number, Option])[]): Option {
    let left = this.next() * options.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, option] of options) {
      left -= weight;
      if (left < 0) return option;
    }
    return this.pick(options)[1];
  }
}
