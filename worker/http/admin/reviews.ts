// Reviews of emergencies: GET /admin/v1/reviews, POST /admin/v1/reviews/{review}/close.

import { createRoute, z } from '@hono/zod-openapi';
import { reviewIdSchema, teamIdSchema } from '../../../schema/ids.ts';
import { closeReview, listReviews, type ReviewFilter, type ReviewRow } from '../../records/reviews.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, isoTimeOrNull } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { reasonField } from './request-form.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const reviewStates = ['open', 'closed'] as const;

const reviewBody = z
  .object({
    id: z.string(),
    team: z.string(),
    grant: z.string(),
    state: z.enum(reviewStates),
    openedAt: z.iso.datetime(),
    openedBy: z.string(),
    closedAt: z.iso.datetime().nullable(),
    closedBy: z.string().nullable(),
    note: z.string().nullable(),
  })
  .openapi('Review');

const list = createRoute({
  method: 'get',
  path: '/admin/v1/reviews',
  request: {
    query: z.strictObject({
      state: z.enum(reviewStates).optional(),
      team: teamIdSchema.optional(),
      limit: limitField,
      cursor: cursorField(z.string()),
    }),
  },
  responses: { 200: jsonAnswer('Reviews, oldest first', pageSchema(reviewBody)), ...refusals },
});

const close = createRoute({
  method: 'post',
  path: '/admin/v1/reviews/{review}/close',
  request: {
    params: z.object({ review: reviewIdSchema }),
    body: jsonBody(z.strictObject({ note: reasonField }).openapi('ReviewNote')),
  },
  responses: { 200: jsonAnswer('Closed', reviewBody), ...refusals },
});

export function reviewRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { admin } = context.var;
    const { limit, cursor, state, team } = context.req.valid('query');
    const filter: ReviewFilter = { state: state ?? null, team: team ?? null };
    const scope: ListScope = ['reviews', filter];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listReviews(admin.db, filter, { limit: limit + 1, after: after.value });
    return context.json(
      pageOf(scope, found, limit, presentReview, ({ id }) => id),
      200,
    );
  });

  app.openapi(close, async (context) => {
    const { review } = context.req.valid('param');
    const closed = await closeReview(actOf(context), review, context.req.valid('json').note);
    return closed.ok ? context.json(presentReview(closed.value), 200) : refuse(context, closed.failure);
  });
}

function presentReview({ openedAt, closedAt, ...review }: ReviewRow): z.infer<typeof reviewBody> {
  return {
    ...review,
    state: closedAt === null ? 'open' : 'closed',
    openedAt: isoTime(openedAt),
    closedAt: isoTimeOrNull(closedAt),
  };
}
