// Who people in Slack are: PUT, GET, DELETE /admin/v1/slack-users/{slackUser}.

import { createRoute, z } from '@hono/zod-openapi';
import { slackUserIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import {
  deleteSlackUser,
  findSlackUser,
  listSlackUsers,
  putSlackUser,
  type SlackUserRow,
} from '../../records/slack-users.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const slackUserPath = z.object({ slackUser: slackUserIdSchema });
const LIST: ListScope = ['slack-users'];

const slackUserInput = z.strictObject({ team: teamIdSchema, user: userIdSchema }).openapi('SlackUserInput');

const slackUserBody = z
  .object({
    slackUser: z.string().openapi({ description: "Slack's member id.", example: 'U012AB3CD' }),
    team: z.string(),
    user: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi('SlackUser');

const put = createRoute({
  method: 'put',
  path: '/admin/v1/slack-users/{slackUser}',
  request: { params: slackUserPath, body: jsonBody(slackUserInput) },
  responses: {
    200: jsonAnswer('They are this member now', slackUserBody),
    201: jsonAnswer('They are this member', slackUserBody),
    ...refusals,
  },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/slack-users',
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('People in Slack in order of their ids there', pageSchema(slackUserBody)), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/slack-users/{slackUser}',
  request: { params: slackUserPath },
  responses: { 200: jsonAnswer('Who they are', slackUserBody), ...refusals },
});

const remove = createRoute({
  method: 'delete',
  path: '/admin/v1/slack-users/{slackUser}',
  request: { params: slackUserPath },
  responses: { 204: { description: 'Nobody knows them any more; their clicks do nothing' }, ...refusals },
});

export function slackUserRoutes(app: AdminApp): void {
  app.openapi(put, async (context) => {
    const { slackUser } = context.req.valid('param');
    const written = await putSlackUser(actOf(context), { slackUser, ...context.req.valid('json') });
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentSlackUser(written.value.slackUser), written.value.created ? 201 : 200);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const after = positionIn(LIST, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listSlackUsers(context.var.admin.db, limit + 1, after.value);
    return context.json(
      pageOf(LIST, found, limit, presentSlackUser, ({ slackUser }) => slackUser),
      200,
    );
  });

  app.openapi(read, async (context) => {
    const found = await findSlackUser(context.var.admin.db, context.req.valid('param').slackUser);
    return found.ok ? context.json(presentSlackUser(found.value), 200) : refuse(context, found.failure);
  });

  app.openapi(remove, async (context) => {
    const deleted = await deleteSlackUser(actOf(context), context.req.valid('param').slackUser);
    return deleted.ok ? context.body(null, 204) : refuse(context, deleted.failure);
  });
}

function presentSlackUser({
  slackUser,
  team,
  user,
  createdAt,
  updatedAt,
}: SlackUserRow): z.infer<typeof slackUserBody> {
  return { slackUser, team, user, createdAt: isoTime(createdAt), updatedAt: isoTime(updatedAt) };
}
