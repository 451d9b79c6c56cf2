// Whose price a line of a bill has that names a model: the model asked for is often named by its dated snapshot. Pure.

import type { Price } from '../../schema/price.ts';
import { lookUpModel } from './price-book.ts';
import { SNAPSHOT_PATTERN } from './table-shape.ts';

/** The model that was asked for, by its public and its upstream name, at its price. */
export interface AskedModel {
  readonly model: string;
  readonly upstreamModel: string;
  readonly price: Price;
  /** The list that prices other models of its provider; null where there is none. */
  readonly catalogue: string | null;
  readonly atMs: number;
}

/** Null for a model without a price. An admin's price covers the snapshots of its model; a list may price them apart. */
export function priceOfLine(name: string, asked: AskedModel): Price | null {
  const { model, upstreamModel, price, catalogue, atMs } = asked;
  const isOwn = (each: string | undefined): boolean => each === model || each === upstreamModel;
  if (isOwn(name)) return price;
  const undated = SNAPSHOT_PATTERN.exec(name)?.groups?.['name'];
  if (price.origin === 'admin' && isOwn(undated)) return price;
  return catalogue === null ? null : (lookUpModel({ catalogue, upstreamModel: name, atMs })?.price ?? null);
}
