// Where clients put their key, and which place wins.

import { expect, it } from 'vitest';
import { credentialOf } from '../../../worker/callers/credential.ts';

it.each([
  ['Authorization', { authorization: 'Bearer one' }, '', 'one'],
  ['a lower-case scheme and spaces', { authorization: 'bearer   one ' }, '', 'one'],
  ['x-api-key', { 'x-api-key': 'two' }, '', 'two'],
  ['api-key', { 'api-key': 'three' }, '', 'three'],
  ['x-goog-api-key', { 'x-goog-api-key': 'four' }, '', 'four'],
  ['the query', {}, '?alt=sse&key=five', 'five'],
  ['x-api-key before Authorization', { authorization: 'Bearer one', 'x-api-key': 'two' }, '', 'two'],
  [
    'Authorization before the rest',
    { authorization: 'Bearer one', 'api-key': 'three', 'x-goog-api-key': 'four' },
    '?key=five',
    'one',
  ],
  ['the next place where one is empty', { 'x-api-key': ' ', authorization: 'Bearer one' }, '', 'one'],
])('finds the key in %s', (_, headers, query, expected) => {
  expect(credentialOf(new Headers(Object.entries(headers)), query)).toBe(expected);
});

it.each([
  ['nothing', {}, ''],
  ['another scheme', { authorization: 'Basic b25lOnR3bw==' }, ''],
  ['a scheme alone', { authorization: 'Bearer' }, ''],
  ['two tokens', { authorization: 'Bearer one two' }, ''],
  ['an empty parameter', {}, '?key='],
])('finds none in %s', (_, headers, query) => {
  expect(credentialOf(new Headers(Object.entries(headers)), query)).toBeNull();
});
