// What others can be told of, and who is told: the topics, and the forms in which a message can be had.

/** What is named after `.` is done already; what burns does so now. */
export const noticeTopics = [
  'request.opened',
  'request.expiring',
  'request.escalated',
  'request.expired',
  'request.decided',
  'grant.created',
  'grant.ended',
  'key.created',
  'key.revoked',
  'budget.threshold',
  'budget.burning',
  'spend.anomaly',
] as const;

/** What a webhook may ask for: a topic, all of a kind, or all. The database matches them as globs. */
export const eventPatterns = ['*', 'request.*', 'grant.*', 'key.*', 'budget.*', 'spend.*', ...noticeTopics] as const;
export type EventPattern = (typeof eventPatterns)[number];

/** The message as it is, or as Slack shows it. */
export const webhookFormats = ['standard', 'slack'] as const;
export type WebhookFormat = (typeof webhookFormats)[number];

export const deliveryStates = ['pending', 'delivered', 'failed'] as const;
