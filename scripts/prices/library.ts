// The price source as a library: the installed one, or another edition of it that was fetched.

import * as installed from '@pydantic/genai-prices';

export type PriceLibrary = Pick<typeof installed, 'calcPrice' | 'findProvider'>;

export const INSTALLED: PriceLibrary = installed;
