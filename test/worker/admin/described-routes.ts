// The admin API's own description, taken as a list of what can be asked: for tests that ask all of it.

import { z } from 'zod';
import type { AdminApi } from './admin-api.ts';

/** What a route needs beside the field that is wrong. */
const NEEDED: Readonly<Record<string, string>> = {
  from: '2026-11-01',
  to: '2026-11-02',
  starting_at: '2026-11-01T00:00:00Z',
  start_time: '1796000000',
};

const objectForm = z.looseObject({
  $ref: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});
const schemaForm = objectForm.extend({
  oneOf: z.array(objectForm).optional(),
  anyOf: z.array(objectForm).optional(),
});
const routeForm = z.looseObject({
  operationId: z.string(),
  parameters: z
    .array(
      z.looseObject({
        in: z.string(),
        name: z.string(),
        required: z.boolean().optional(),
        schema: z.looseObject({ pattern: z.string().optional() }),
      }),
    )
    .default([]),
  requestBody: z
    .looseObject({
      required: z.boolean().optional(),
      content: z.record(z.string(), z.looseObject({ schema: schemaForm })),
    })
    .optional(),
});
const documentForm = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), routeForm)),
  components: z.looseObject({ schemas: z.record(z.string(), schemaForm) }),
});
export interface Route extends z.infer<typeof routeForm> {
  readonly method: string;
  readonly path: string;
}

export interface Description {
  readonly routes: readonly Route[];
  /** The schema of a route's JSON body; null where it takes none. */
  readonly bodySchema: (route: Route) => BodySchema | null;
}

export type BodySchema = z.infer<typeof schemaForm>;

export async function describedBy(api: AdminApi): Promise<Description> {
  const { paths, components } = documentForm.parse((await api.send('GET', '/openapi.json')).body);
  return {
    routes: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => Object.assign({ method: method.toUpperCase(), path }, route)),
    ),
    bodySchema: ({ requestBody }) => {
      const schema = requestBody?.content['application/json']?.schema;
      if (schema === undefined) return null;
      return schema.$ref === undefined ? schema : (components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? null);
    },
  };
}

/** Ids in the form of each kind, of things that there are not. */
export function filled({ path }: Route): string {
  return path
    .replaceAll('{key}', 'abcd1234')
    .replaceAll('{slackUser}', 'U0NEVER')
    .replaceAll(
      /\{(request|grant|review|delegation)\}/gu,
      (_, kind: string) => `${kind === 'request' ? 'ask' : kind}_${'0'.repeat(26)}`,
    )
    .replaceAll(/\{\w+\}/gu, 'never-made');
}

export const queryOf = ({ parameters }: Route) => parameters.filter((parameter) => parameter.in === 'query');

/** With this parameter, and what the route needs beside it. */
export function withQuery(route: Route, name: string, value: string): string {
  const needed = queryOf(route).flatMap((parameter) => {
    const fine = NEEDED[parameter.name];
    const isNeeded = parameter.required === true || parameter.name === 'start_time';
    return parameter.name !== name && fine !== undefined && isNeeded ? [[parameter.name, fine]] : [];
  });
  return `${filled(route)}?${new URLSearchParams([...needed, [name, value]]).toString()}`;
}
