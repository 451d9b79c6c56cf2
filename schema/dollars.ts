// Dollars in JSON, and the micro-dollars they are inside: one schema for both directions.

import { z } from 'zod';
import { dollarsFromMicros, type Micros, microsFromDollars } from './micros.ts';

const MESSAGE = 'must be a decimal string of dollars such as "500.00", at most a billion, with up to six decimals';

export const dollarsSchema = z.codec(z.string({ error: MESSAGE }), z.custom<Micros>(), {
  decode: (text, context) => {
    const amount = microsFromDollars(text);
    if (amount !== null) return amount;
    context.issues.push({ code: 'custom', input: text, message: MESSAGE });
    return z.NEVER;
  },
  encode: dollarsFromMicros,
});
