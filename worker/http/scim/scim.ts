// /scim/v2: people come and go as the company's directory says (RFC 7644). It has a token of its own, which opens this and
// nothing else; every answer, also a refusal, is in SCIM's form.

import { newCallId } from '../../../schema/ids.ts';
import { isObject, type JsonObject, parseJson } from '../../../schema/json.ts';
import { note } from '../../../schema/operator-log.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { ScimSettings } from '../../../schema/scim-settings.ts';
import type { Settings } from '../../../schema/settings.ts';
import { userOfName } from '../../../schema/user-name.ts';
import type { Administration } from '../../administration.ts';
import { change, enrol, forget } from './provisioning.ts';
import {
  type DirectoryUser,
  findDirectoryUser,
  findDirectoryUserByExternalId,
  findDirectoryUserByName,
  listDirectoryUsers,
} from '../../records/directory.ts';
import { isAdmittedBy } from '../admin/authenticate.ts';
import { readBoundedBody } from '../read-body.ts';
import { MAX_PAGE, resourceTypes, schemas, serviceProviderConfig } from './discovery.ts';
import { parseFilter } from './filter.ts';
import { applyPatch } from './patch.ts';
import { invalid, refusalOf, refuse, SCIM_TYPE, type ScimRefusal } from './refusal.ts';
import { locationOf, parseResource, present } from './resource.ts';
import { saidOf } from './said.ts';

export interface ScimDesk {
  readonly administration: Administration;
  readonly settings: Pick<Settings, 'scim'>;
}

interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly administration: Administration;
  readonly rules: ScimSettings;
}

const BASE = '/scim/v2/';
const MAX_BODY_BYTES = 64 * 1024;
const DEFAULT_PAGE = 100;
const REQUEST_ID_BYTES = 16;
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const decoder = new TextDecoder();

/** Null where no directory provisions people. */
export async function answerScim(request: Request, { administration, settings }: ScimDesk): Promise<Response | null> {
  const { scim: rules } = settings;
  if (rules === null) return null;
  if (!(await isAdmittedBy(request.headers, rules.token))) {
    return refuse({ status: 401, detail: 'send SCIM_TOKEN as "Authorization: Bearer <token>"' });
  }
  const url = new URL(request.url);
  try {
    const answer = await route({ request, url, administration, rules });
    return answer.ok ? answer.value : refuse(answer.failure);
  } catch (error) {
    const requestId = newCallId(administration.now(), crypto.getRandomValues(new Uint8Array(REQUEST_ID_BYTES)));
    note({ event: 'internal_error', requestId, error });
    return refuse({ status: 500, detail: `an unexpected failure; it was noted as ${requestId}` });
  }
}

type Answer = Promise<Result<Response, ScimRefusal>>;

async function route(asked: Asked): Answer {
  const { request, url } = asked;
  const [resource = '', id, ...rest] = url.pathname.slice(BASE.length).split('/');
  const isGet = request.method === 'GET';
  if (rest.length === 0 && resource === 'Users') return id === undefined ? ofUsers(asked) : ofUser(asked, id);
  if (rest.length > 0 || !isGet) return fail(nothingThere(asked));
  if (id === undefined && resource === 'ServiceProviderConfig') return succeed(json(200, serviceProviderConfig));
  // Directories list groups before they are told that none are offered.
  if (id === undefined && resource === 'Groups') return succeed(json(200, listOf([], 0, 1)));
  if (resource === 'ResourceTypes') return described(resourceTypes, id, asked);
  if (resource === 'Schemas') return described(schemas, id, asked);
  return fail(nothingThere(asked));
}

function described(all: readonly JsonObject[], id: string | undefined, asked: Asked): Result<Response, ScimRefusal> {
  if (id === undefined) return succeed(json(200, listOf(all, all.length, 1)));
  const found = all.find((each) => each['id'] === id);
  return found === undefined ? fail(nothingThere(asked)) : succeed(json(200, found));
}

function nothingThere({ request, url }: Asked): ScimRefusal {
  return { status: 404, detail: `there is nothing at ${request.method} ${url.pathname.slice(0, 200)}` };
}

async function ofUsers(asked: Asked): Answer {
  switch (asked.request.method) {
    case 'GET':
      return list(asked);
    case 'POST':
      return create(asked);
    default:
      return fail({ status: 405, detail: 'people are listed with GET and created with POST' });
  }
}

async function ofUser(asked: Asked, id: string): Answer {
  const { administration, request, url } = asked;
  switch (request.method) {
    case 'GET': {
      const found = await findDirectoryUser(administration.db, id);
      return found === null
        ? fail(refusalOf({ reason: 'not_found' }, id))
        : succeed(json(200, present(found, url.origin)));
    }
    case 'PUT':
      return replace(asked, id);
    case 'PATCH':
      return patch(asked, id);
    case 'DELETE': {
      const forgotten = await forget(administration, id);
      return forgotten.ok ? succeed(new Response(null, { status: 204 })) : fail(refusalOf(forgotten.failure, id));
    }
    default:
      return fail({
        status: 405,
        detail: 'a user is read with GET, changed with PUT or PATCH, and removed with DELETE',
      });
  }
}

async function create({ request, url, administration, rules }: Asked): Answer {
  const body = await bodyOf(request);
  if (!body.ok) return body;
  const resource = parseResource(body.value);
  if (!resource.ok) return resource;
  const said = saidOf(resource.value, rules);
  if (!said.ok) return said;
  const enrolled = await enrol(administration, said.value);
  if (!enrolled.ok) return fail(refusalOf(enrolled.failure, `"${resource.value.userName}"`));
  const answer = json(201, present(enrolled.value, url.origin));
  answer.headers.set('location', locationOf(enrolled.value.id, url.origin));
  return succeed(answer);
}

async function replace(asked: Asked, id: string): Answer {
  const body = await bodyOf(asked.request);
  if (!body.ok) return body;
  // Whoever is ended comes back by being said to, and not by being said nothing of.
  return changed(asked, id, ({ active }) => succeed({ active, ...body.value }));
}

async function patch(asked: Asked, id: string): Answer {
  const body = await bodyOf(asked.request);
  return body.ok ? changed(asked, id, ({ resource }) => applyPatch(resource, body.value)) : body;
}

async function changed(
  { url, administration, rules }: Asked,
  id: string,
  personAfter: (before: DirectoryUser) => Result<JsonObject, ScimRefusal>,
): Answer {
  const done = await change(administration, id, (before) => {
    const person = personAfter(before);
    const resource = person.ok ? parseResource(person.value) : person;
    const said = resource.ok ? saidOf(resource.value, rules) : resource;
    return said.ok ? said : fail({ reason: 'refused' as const, refusal: said.failure });
  });
  if (done.ok) return succeed(json(200, present(done.value, url.origin)));
  const { failure } = done;
  return fail(failure.reason === 'refused' ? failure.refusal : refusalOf(failure, id));
}

async function list(asked: Asked): Answer {
  const { url, administration, rules } = asked;
  const text = url.searchParams.get('filter');
  const startIndex = Math.max(1, countIn(url, 'startIndex') ?? 1);
  const limit = Math.min(MAX_PAGE, countIn(url, 'count') ?? DEFAULT_PAGE);
  if (text === null) {
    const { total, rows } = await listDirectoryUsers(administration.db, { offset: startIndex - 1, limit });
    return succeed(
      json(
        200,
        listOf(
          rows.map((row) => present(row, url.origin)),
          total,
          startIndex,
        ),
      ),
    );
  }
  const filter = parseFilter(text);
  if (!filter.ok) return filter;
  const found = await lookUp(administration, rules, filter.value);
  const shown = found === null ? [] : [present(found, url.origin)];
  return succeed(json(200, listOf(startIndex > 1 ? [] : shown.slice(0, limit), shown.length, startIndex)));
}

async function lookUp(
  { db }: Administration,
  { userDomain }: ScimSettings,
  { attribute, value }: { readonly attribute: 'id' | 'userName' | 'externalId'; readonly value: string },
): Promise<DirectoryUser | null> {
  if (attribute === 'id') return findDirectoryUser(db, value);
  if (attribute === 'externalId') return findDirectoryUserByExternalId(db, value);
  const user = userOfName(value, userDomain);
  const found = user === null ? null : await findDirectoryUserByName(db, user);
  return found;
}

/** Null where it is not said, or not in digits. */
function countIn(url: URL, name: string): number | null {
  const text = url.searchParams.get(name);
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function listOf(resources: readonly JsonObject[], totalResults: number, startIndex: number): JsonObject {
  return { schemas: [LIST], totalResults, startIndex, itemsPerPage: resources.length, Resources: resources };
}

async function bodyOf(request: Request): Promise<Result<JsonObject, ScimRefusal>> {
  const body = await readBoundedBody(request, MAX_BODY_BYTES);
  if (!body.ok) return fail({ status: 413, detail: `the body must be plain, and at most ${MAX_BODY_BYTES} bytes` });
  const value = parseJson(decoder.decode(body.value));
  return isObject(value) ? succeed(value) : fail(invalid('invalidSyntax', 'the body must be a JSON object'));
}

function json(status: number, body: JsonObject): Response {
  const headers = { 'content-type': SCIM_TYPE, 'cache-control': 'no-store' };
  return new Response(JSON.stringify(body), { status, headers });
}
