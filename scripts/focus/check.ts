// Whether a file is what FOCUS 1.2 asks for: its columns, what stands in each, and what must agree within a row. Pure.

import { aiSubcategories, type ColumnRule, focusColumns } from './columns.ts';
import { parseCsv } from './parse-csv.ts';

type Row = ReadonlyMap<string, string>;

const MAX_PROBLEMS = 50;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:E-?\d+)?$/;
const UNIT = /^(?:\d+ )?[A-Z][A-Za-z-]*(?:\/(?:\d+ )?[A-Z][a-z]+)?$/;
const PLACEHOLDERS = new Set(['null', 'n/a', 'na', 'none', 'not applicable']);

/** What is wrong, at most fifty things; empty for a file that is in order. */
export function checkFocus(text: string): readonly string[] {
  if (text.startsWith('\uFEFF')) return ['the file begins with a byte order mark'];
  const [header = [], ...records] = parseCsv(text);
  const problems = headerProblems(header);
  const prices = new Map<string, string>();
  for (const [index, record] of records.entries()) {
    if (problems.length >= MAX_PROBLEMS) break;
    const row = new Map(header.map((name, place) => [name, record[place] ?? '']));
    const count = record.length === header.length ? [] : [`has ${record.length} fields for ${header.length} columns`];
    const found = [
      ...count,
      ...header.flatMap((name) => cellProblems(name, row)),
      ...rowProblems(row),
      ...skuProblem(row, prices),
    ];
    problems.push(...found.map((problem) => `row ${index + 1} ${problem}`));
  }
  return problems.slice(0, MAX_PROBLEMS);
}

function headerProblems(header: readonly string[]): string[] {
  const firstCustom = header.findIndex(isCustom);
  return [
    ...Object.entries(focusColumns)
      .filter(([name, { level }]) => level === 'mandatory' && !header.includes(name))
      .map(([name]) => `the mandatory column ${name} is missing`),
    ...header.flatMap((name, place) => [
      ...(header.indexOf(name) === place ? [] : [`the column ${name} is there twice`]),
      ...(isCustom(name) || Object.hasOwn(focusColumns, name)
        ? []
        : [`${name} is no column of FOCUS 1.2 and has no x_`]),
      ...(!isCustom(name) || /^x_[A-Z][A-Za-z0-9]*$/.test(name) ? [] : [`${name} is not in Pascal case`]),
      ...(isCustom(name) || firstCustom === -1 || place < firstCustom ? [] : [`${name} stands behind a column of x_`]),
    ]),
  ];
}

function isCustom(name: string): boolean {
  return name.startsWith('x_');
}

function cellProblems(name: string, row: Row): string[] {
  const rule = focusColumns[name];
  const cell = row.get(name) ?? '';
  if (rule === undefined) return [];
  if (cell === '') return rule.nullable ? [] : [`has nothing in ${name}`];
  if (cell.trim() === '' || PLACEHOLDERS.has(cell.toLowerCase())) return [`has a placeholder in ${name}: "${cell}"`];
  return isOf(rule.type, cell) ? [] : [`has in ${name} what must not be there: "${cell}"`];
}

function isOf(type: ColumnRule['type'], cell: string): boolean {
  if (typeof type === 'object') return type.includes(cell);
  switch (type) {
    case 'string':
      return true;
    case 'decimal':
      return DECIMAL.test(cell);
    case 'time':
      return TIME.test(cell) && !Number.isNaN(Date.parse(cell));
    case 'currency':
      return /^[A-Z]{3}$/.test(cell);
    case 'json':
      return isFlatObject(cell);
  }
}

function isFlatObject(cell: string): boolean {
  try {
    const value: unknown = JSON.parse(cell);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && Object.values(value).every((each) => each === null || typeof each !== 'object');
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** What must agree within a row. Corrections of earlier periods are let off most of it, and there are none here. */
function rowProblems(row: Row): string[] {
  const at = (name: string) => row.get(name) ?? '';
  const isUsage = at('ChargeCategory') === 'Usage' || at('ChargeCategory') === 'Purchase';
  const together = (one: string, other: string) =>
    !row.has(one) || !row.has(other) || (at(one) === '') === (at(other) === '')
      ? []
      : [`has one of ${one} and ${other} only`];
  const needed = ['PricingQuantity', 'ContractedUnitPrice', 'ListUnitPrice', 'SkuId', 'SkuPriceId', 'PricingCategory'];
  return [
    ...needed
      .filter((name) => isUsage && row.has(name) && at(name) === '')
      .map((name) => `is of usage and has no ${name}`),
    ...(at('ChargeCategory') === 'Usage' && row.has('ConsumedQuantity') && at('ConsumedQuantity') === ''
      ? ['has no ConsumedQuantity']
      : []),
    ...together('PricingQuantity', 'PricingUnit'),
    ...together('ConsumedQuantity', 'ConsumedUnit'),
    ...together('SubAccountId', 'SubAccountName'),
    ...together('SubAccountId', 'SubAccountType'),
    ...together('ResourceId', 'ResourceType'),
    ...productProblem(row, 'ContractedUnitPrice', 'ContractedCost'),
    ...productProblem(row, 'ListUnitPrice', 'ListCost'),
    ...['PricingUnit', 'ConsumedUnit']
      .filter((name) => at(name) !== '' && !UNIT.test(at(name)))
      .map((name) => `has no unit in ${name}`),
    ...(at('ChargePeriodStart') < at('ChargePeriodEnd') ? [] : ['has a charge period of no time']),
    ...(at('BillingPeriodStart') <= at('ChargePeriodStart') && at('ChargePeriodEnd') <= at('BillingPeriodEnd')
      ? []
      : ['has a charge period outside of its billing period']),
    ...(at('ServiceCategory') !== 'AI and Machine Learning' ||
    !row.has('ServiceSubcategory') ||
    aiSubcategories.includes(at('ServiceSubcategory'))
      ? []
      : [`has a subcategory of another category: "${at('ServiceSubcategory')}"`]),
  ];
}

/** A price has one SKU. */
function skuProblem(row: Row, known: Map<string, string>): string[] {
  const [price, sku] = [row.get('SkuPriceId') ?? '', row.get('SkuId') ?? ''];
  const earlier = known.get(price) ?? sku;
  known.set(price, earlier);
  return earlier === sku ? [] : [`has the price ${price} of another SKU`];
}

function productProblem(row: Row, unitPrice: string, cost: string): string[] {
  const cells = [row.get('PricingQuantity') ?? '', row.get(unitPrice) ?? '', row.get(cost) ?? ''];
  if (cells.some((cell) => !DECIMAL.test(cell))) return [];
  const [quantity, price, product] = cells.map(fractionOf);
  if (quantity === undefined || price === undefined || product === undefined) return [];
  const isExact =
    quantity.units * price.units * 10n ** product.digits === product.units * 10n ** (quantity.digits + price.digits);
  return isExact ? [] : [`has a ${cost} that is not PricingQuantity times ${unitPrice}`];
}

/** A decimal as units of 10^-digits. */
function fractionOf(text: string): { units: bigint; digits: bigint } {
  const [mantissa = '', exponent = '0'] = text.split('E');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction);
  return digits >= 0 ? { units, digits: BigInt(digits) } : { units: units * 10n ** BigInt(-digits), digits: 0n };
}
