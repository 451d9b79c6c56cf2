// The columns of FOCUS 1.2 and what may stand in them, from the public specification's tables of content constraints.
// https://focus.finops.org/focus-specification/v1-2/

export interface ColumnRule {
  readonly level: 'mandatory' | 'conditional' | 'recommended';
  readonly nullable: boolean;
  readonly type: 'string' | 'decimal' | 'time' | 'json' | 'currency' | readonly string[];
}

const always = (type: ColumnRule['type']): ColumnRule => ({ level: 'mandatory', nullable: false, type });
const mandatory = (type: ColumnRule['type']): ColumnRule => ({ level: 'mandatory', nullable: true, type });
const conditional = (type: ColumnRule['type'], nullable = true): ColumnRule => ({
  level: 'conditional',
  nullable,
  type,
});
const recommended = (type: ColumnRule['type'], nullable = true): ColumnRule => ({
  level: 'recommended',
  nullable,
  type,
});

export const focusColumns: Readonly<Record<string, ColumnRule>> = {
  AvailabilityZone: recommended('string'),
  BilledCost: always('decimal'),
  BillingAccountId: always('string'),
  BillingAccountName: mandatory('string'),
  BillingAccountType: conditional('string', false),
  BillingCurrency: always('currency'),
  BillingPeriodEnd: always('time'),
  BillingPeriodStart: always('time'),
  CapacityReservationId: conditional('string'),
  CapacityReservationStatus: conditional(['Used', 'Unused']),
  ChargeCategory: always(['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment']),
  ChargeClass: mandatory(['Correction']),
  ChargeDescription: mandatory('string'),
  ChargeFrequency: recommended(['One-Time', 'Recurring', 'Usage-Based'], false),
  ChargePeriodEnd: always('time'),
  ChargePeriodStart: always('time'),
  CommitmentDiscountCategory: conditional(['Spend', 'Usage']),
  CommitmentDiscountId: conditional('string'),
  CommitmentDiscountName: conditional('string'),
  CommitmentDiscountQuantity: conditional('decimal'),
  CommitmentDiscountStatus: conditional(['Used', 'Unused']),
  CommitmentDiscountType: conditional('string'),
  CommitmentDiscountUnit: conditional('string'),
  ConsumedQuantity: conditional('decimal'),
  ConsumedUnit: conditional('string'),
  ContractedCost: always('decimal'),
  ContractedUnitPrice: conditional('decimal'),
  EffectiveCost: always('decimal'),
  InvoiceId: recommended('string'),
  InvoiceIssuerName: always('string'),
  ListCost: always('decimal'),
  ListUnitPrice: conditional('decimal'),
  PricingCategory: conditional(['Standard', 'Dynamic', 'Committed', 'Other']),
  PricingCurrency: conditional('string'),
  PricingCurrencyContractedUnitPrice: conditional('decimal'),
  PricingCurrencyEffectiveCost: conditional('decimal'),
  PricingCurrencyListUnitPrice: conditional('decimal'),
  PricingQuantity: mandatory('decimal'),
  PricingUnit: mandatory('string'),
  ProviderName: always('string'),
  PublisherName: always('string'),
  RegionId: conditional('string'),
  RegionName: conditional('string'),
  ResourceId: conditional('string'),
  ResourceName: conditional('string'),
  ResourceType: conditional('string'),
  ServiceCategory: always([
    'AI and Machine Learning',
    'Analytics',
    'Business Applications',
    'Compute',
    'Databases',
    'Developer Tools',
    'Multicloud',
    'Identity',
    'Integration',
    'Internet of Things',
    'Management and Governance',
    'Media',
    'Migration',
    'Mobile',
    'Networking',
    'Security',
    'Storage',
    'Web',
    'Other',
  ]),
  ServiceName: always('string'),
  ServiceSubcategory: recommended('string', false),
  SkuId: conditional('string'),
  SkuMeter: conditional('string'),
  SkuPriceDetails: conditional('json'),
  SkuPriceId: conditional('string'),
  SubAccountId: conditional('string'),
  SubAccountName: conditional('string'),
  SubAccountType: conditional('string'),
  Tags: conditional('json'),
};

/** The subcategories of the one service category that is ours. */
export const aiSubcategories: readonly string[] = [
  'AI Platforms',
  'Bots',
  'Generative AI',
  'Machine Learning',
  'Natural Language Processing',
  'Other (AI and Machine Learning)',
];
