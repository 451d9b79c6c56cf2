// The door of the reports that answer as a vendor would: the same people as elsewhere, and each refusal in that vendor's form.

import { OpenAPIHono, type z } from '@hono/zod-openapi';
import { authenticate } from '../admin/authenticate.ts';
import { authorize } from '../admin/authorize.ts';
import type { AdminApp, AdminContext, AdminEnvironment } from '../admin/dependencies.ts';
import { errorBody } from '../admin/failure.ts';
import { issuesOf } from '../admin/invalid-request.ts';
import { refuseAdmission } from '../admin/not-admitted.ts';
import { jsonAnswer } from '../admin/responses.ts';
import { withWholeUsage } from '../admin/whole-usage.ts';

/** What is wrong, for a vendor's form of it. */
export interface VendorRefusal {
  readonly status: number;
  readonly code: string;
  /** Where it is one field's fault, the message goes behind the field's name. */
  readonly message: string;
  readonly field?: string;
}

export type ReportFault = (requestId: string, error: unknown) => void;
type ErrorOf = (refusal: VendorRefusal) => object;

/** An app whose routes below `path` take a bearer token or, as Anthropic's clients send it, one in x-api-key. */
export function vendorDoor(vendor: {
  readonly path: string;
  readonly errorOf: ErrorOf;
  readonly reportFault: ReportFault;
}): AdminApp {
  const { path, errorOf, reportFault } = vendor;
  const app: AdminApp = new OpenAPIHono<AdminEnvironment>({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      const [issue = { message: 'the request is not valid' }] = issuesOf(result.error);
      return context.json(errorOf({ status: 400, code: 'invalid_request', ...issue }), 400);
    },
  });
  app.onError((error, context) => {
    const { requestId } = context.var;
    reportFault(requestId, error);
    const message = `an unexpected failure; it was noted as ${requestId}`;
    return context.json(errorOf({ status: 500, code: 'internal', message }), 500);
  });
  app.use(path, async (context, next) => {
    const { settings, signOn } = context.var.admin;
    const headers = asBearer(context.req.raw.headers);
    const admitted = await authenticate(headers, { settings, signOn });
    if (!admitted.ok) return inForm(refuseAdmission(context, admitted.failure), errorOf);
    context.set('actor', admitted.value);
    // What the route answers is not a refusal of the guard's.
    const barred = await authorize(context, () => Promise.resolve());
    if (barred !== undefined) return inForm(barred, errorOf);
    const refused = await withWholeUsage(context, async () => {
      await next();
    });
    return refused === undefined ? undefined : inForm(refused, errorOf);
  });
  return app;
}

export function notFound(errorOf: ErrorOf) {
  return (context: AdminContext) => {
    const message = `there is nothing at ${context.req.method} ${context.req.path}`;
    return context.json(errorOf({ status: 404, code: 'not_found', message }), 404);
  };
}

/** The admin API's own refusal, said as the vendor would. */
async function inForm(refused: Response, errorOf: ErrorOf): Promise<Response> {
  const { status, headers } = refused;
  const { error } = errorBody.parse(await refused.json());
  return Response.json(errorOf({ status, code: error.code, message: error.message }), { status, headers });
}

function asBearer(headers: Headers): Headers {
  const key = headers.get('x-api-key');
  return key === null ? headers : new Headers({ authorization: `Bearer ${key}` });
}

/** What every report may answer besides its own, in the vendor's form. */
export function vendorRefusals<Body extends z.ZodType>(body: Body, notValid: string) {
  return {
    400: jsonAnswer(notValid, body),
    401: jsonAnswer('The admin token is missing or wrong', body),
    403: jsonAnswer('You may not do this', body),
    404: jsonAnswer('Not found', body),
    500: jsonAnswer('An unexpected failure, with the id under which it was noted', body),
    503: jsonAnswer('Nobody could say who you are; ask again', body),
  };
}
