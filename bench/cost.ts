// `npm run cost`: what a million calls cost, from the counts that `npm run bench -- --write` kept and the price list.

import { writeCosts } from './cost-page.ts';
import { readResults } from './results.ts';

const text = writeCosts(readResults());
console.log(text ?? 'There are no counts yet: npm run bench -- --only counts,throughput --write');
