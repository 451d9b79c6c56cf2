// AWS Bedrock: Claude in its own protocol (InvokeModel), every other model through Converse.

import { AwsV4Signer } from 'aws4fetch';
import type { DialectName } from '../../../schema/dialect-name.ts';
import { isObject, parseJson } from '../../../schema/json.ts';
import type { BedrockSettings } from '../../../schema/provider-kinds/bedrock.ts';
import { type Provider, textOf, type UpstreamCall } from '../provider.ts';
import { answerOf } from './answer.ts';
import { countBody, invocationBody } from './invocation.ts';
import { sseOfConversation, sseOfInvocation } from './sse.ts';

const CLAUDE_DIALECTS: readonly DialectName[] = ['anthropic-messages', 'bedrock-converse'];
const CONVERSE_DIALECTS: readonly DialectName[] = ['bedrock-converse'];
/** A Claude by its id, with or without the prefix of an inference profile, or by an ARN that ends in one. */
const CLAUDE = /(?:^|[./])anthropic\./;
/** The list has names without a vendor, and of no real region, too: by those it prices what bills may name. */
const MODEL_ID = /^(?!regional\.)[a-z][a-z-]*\./;

export function bedrock(settings: BedrockSettings, now: () => number): Provider {
  const { name, onDisconnect } = settings;
  return {
    name,
    system: 'aws.bedrock',
    speaks: CLAUDE_DIALECTS,
    speaksTo: (upstreamModel) => (CLAUDE.test(upstreamModel) ? CLAUDE_DIALECTS : CONVERSE_DIALECTS),
    catalogue: 'aws',
    isId: (upstreamModel) => MODEL_ID.test(upstreamModel),
    capMember: 'max_tokens',
    onDisconnect,
    async send(call: UpstreamCall): Promise<Response> {
      if (call.dialect === 'bedrock-converse') {
        const operation = call.stream ? 'converse-stream' : 'converse';
        return answerOf(await post(settings, call, { operation, body: textOf(call.body), now }), sseOfConversation);
      }
      const beta = call.headers.get('anthropic-beta');
      if (call.address.operation.endsWith('count_tokens')) {
        const body = countBody(textOf(call.body), beta);
        return countAnswer(await post(settings, call, { operation: 'count-tokens', body, now }));
      }
      const operation = call.stream ? 'invoke-with-response-stream' : 'invoke';
      const body = invocationBody(textOf(call.body), beta);
      return answerOf(await post(settings, call, { operation, body, now }), sseOfInvocation);
    },
  };
}

interface Question {
  readonly operation: string;
  readonly body: string;
  readonly now: () => number;
}

async function post(settings: BedrockSettings, call: UpstreamCall, question: Question): Promise<Response> {
  const { operation, body } = question;
  // Ids have colons and ARNs have slashes; both stay one encoded segment, in the address and in what is signed.
  const url = `${settings.baseUrl}/model/${encodeURIComponent(call.upstreamModel)}/${operation}`;
  const headers = await credentialHeaders(settings, { url, body, nowMs: question.now() });
  headers.set('content-type', 'application/json');
  headers.set('accept-encoding', 'identity');
  return fetch(url, { method: 'POST', headers, body, signal: call.signal, redirect: 'manual' });
}

/** Nothing that the platform may change on the way is signed, and nothing that the client sent is. */
async function credentialHeaders(
  { credentials, region }: BedrockSettings,
  { url, body, nowMs }: { readonly url: string; readonly body: string; readonly nowMs: number },
): Promise<Headers> {
  if (credentials.kind === 'bearer') return new Headers({ authorization: `Bearer ${credentials.apiKey}` });
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new AwsV4Signer({
    method: 'POST',
    url,
    body,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== null && { sessionToken }),
    service: 'bedrock',
    region,
    datetime: new Date(nowMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
  });
  const signed = await signer.sign();
  return new Headers(signed.headers);
}

/** Bedrock's count in Anthropic's words. */
async function countAnswer(response: Response): Promise<Response> {
  if (!response.ok) return response;
  const body = parseJson(await response.text());
  const inputTokens = isObject(body) ? body['inputTokens'] : undefined;
  return Response.json({ input_tokens: inputTokens ?? null });
}
