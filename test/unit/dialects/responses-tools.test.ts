// The tools of a Responses call: which have a price, which feed the model what nobody can foretell, and how often.

import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../schema/json.ts';
import { parsed, refusal, tools } from '../../helpers/responses-calls.ts';

describe('tools', () => {
  test.each([
    [{ type: 'function', name: 'f', parameters: {} }],
    [{ type: 'custom', name: 'apply_patch' }],
    [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f' }] }],
    [{ type: 'shell' }],
    [{ type: 'shell', environment: { type: 'local' } }],
    [{ type: 'local_shell' }],
    [{ type: 'apply_patch' }],
  ])('%j that the caller runs leave the input bounded', (tool) => {
    expect(parsed(tools(tool))).toMatchObject({ webSearches: 0, input: { tools: true, unbounded: false } });
  });

  test.each([
    ['file_search', tools({ type: 'file_search', vector_store_ids: ['vs_1'] })],
    ['code_interpreter', tools({ type: 'code_interpreter', container: { type: 'auto' } })],
    ['image_generation', tools({ type: 'image_generation' })],
    ['shell in container_auto', tools({ type: 'shell', environment: { type: 'container_auto' } })],
    ['shell in container_reference', tools({ type: 'shell', environment: { type: 'container_reference' } })],
    ['programmatic_tool_calling', tools({ type: 'programmatic_tool_calling' })],
    ['x_search', tools({ type: 'x_search' })],
    ['nameless', tools({ name: 'f' })],
    ['nameless', tools('web_search')],
    ['image_generation', tools({ type: 'function', name: 'f' }, { type: 'image_generation' })],
    ['file_search', tools({ type: 'namespace', name: 'n', tools: [{ type: 'file_search' }] })],
  ])('%s has fees that no price covers, and is refused by name', (name, change) => {
    expect(refusal(change)).toMatchObject({
      field: 'tools',
      message: `tools must not bring the tool "${name}": it has no price here.`,
    });
  });

  test.each(['additional_tools', 'tool_search_output'])('are also read where %s brings them', (type) => {
    const bring = (tool: JsonValue) => ({ input: [{ type, tools: [tool] }] });
    expect(refusal(bring({ type: 'code_interpreter' })).field).toBe('input');
    expect(parsed(bring({ type: 'web_search' }))).toMatchObject({ webSearches: 10, input: { unbounded: true } });
  });

  test('that a server of tools lists are its own', () => {
    const list = { type: 'mcp_list_tools', server_label: 's', tools: [{ name: 'read', input_schema: {} }] };
    expect(refusal({ input: [list] }).field).toBe('taken');
  });

  test.each([
    [{}, 10],
    [{ max_tool_calls: 3 }, 3],
    [{ max_tool_calls: null }, 10],
    [{ max_tool_calls: 0 }, 0],
  ])('may search as often as %j allows: %i times', (change, searches) => {
    expect(parsed({ ...tools({ type: 'web_search' }), ...change }).webSearches).toBe(searches);
  });

  test.each([
    [{ max_tool_calls: 0 }, [{ type: 'web_search' }], false],
    [{ tool_choice: 'none' }, [{ type: 'web_search' }, { type: 'function', name: 'f' }], false],
    [{ tool_choice: 'auto' }, [{ type: 'web_search' }], true],
    [{ tool_choice: 'none' }, [{ type: 'web_search' }, { type: 'mcp' }], true],
    [{ max_tool_calls: 0 }, [{ type: 'mcp' }], true],
  ])('that %j leaves unused among %j bring in what nobody can foretell: %s', (change, list, unbounded) => {
    expect(parsed({ tools: list, ...change }).input.unbounded).toBe(unbounded);
  });

  test('that may not be used search nothing', () => {
    const unused = parsed({ ...tools({ type: 'web_search' }), tool_choice: 'none' });
    expect(unused).toMatchObject({ webSearches: 0, input: { rounds: 1, tools: true } });
    expect(parsed({ prompt: { id: 'pmpt_1' }, tool_choice: 'none' }).webSearches).toBe(10);
  });

  test('of a prompt that is kept elsewhere may search, too', () => {
    expect(parsed({ prompt: { id: 'pmpt_1' } }).webSearches).toBe(10);
  });
});

test.each([
  [{}, 1],
  [{ max_tool_calls: 3 }, 1],
  [{ ...tools({ type: 'function', name: 'f' }), max_tool_calls: 3 }, 1],
  [{ ...tools({ type: 'web_search' }), max_tool_calls: 3 }, 4],
  [{ ...tools({ type: 'mcp' }), max_tool_calls: 0 }, 1],
  [tools({ type: 'mcp' }), 11],
  [{ prompt: { id: 'pmpt_1' } }, 11],
])('with %j its provider may read the window %i times', (change, rounds) => {
  expect(parsed(change).input.rounds).toBe(rounds);
});
