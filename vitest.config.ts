import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/helpers/longest-first.ts';

const migrations = await readD1Migrations('./schema/d1/migrations');

/** What becomes of a call here hangs on how soon something happened, so that nothing else may keep the machine busy. */
const TIMED = ['test/end-to-end/disconnects.test.ts', 'test/end-to-end/faults.test.ts'];

const aloneInNode = { environment: 'node', testTimeout: 60_000, hookTimeout: 120_000, fileParallelism: false } as const;

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/tidy.test.ts'], environment: 'node' } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            remoteBindings: false,
            miniflare: {
              compatibilityFlags: ['enable_request_signal'],
              // Not called USAGE_1 and USAGE_2, so that the usage of most tests stays where they look for it.
              d1Databases: ['BESIDE_1', 'BESIDE_2'],
              r2Buckets: ['TEST_ARCHIVE'],
              bindings: {
                TEST_MIGRATIONS: migrations,
                ADMIN_TOKEN: 'test-admin-token',
                WEBHOOK_KEY: 'a key of the tests, long enough to seal',
                SLACK_SIGNING_SECRET: 'test-slack-secret',
                DEMO_MODEL: 'true',
                OPENAI_BASE_URL: 'https://openai.test/v1',
                OPENAI_API_KEY: 'sk-upstream-openai',
                ANTHROPIC_BASE_URL: 'https://anthropic.test',
                ANTHROPIC_API_KEY: 'sk-upstream-anthropic',
                GEMINI_BASE_URL: 'https://gemini.test',
                GEMINI_API_KEY: 'upstream-gemini',
                PROVIDERS:
                  '{"groq":{"kind":"openai-compatible","baseUrl":"https://groq.test/v1","onDisconnect":"goes_on"},"bedrock":{"kind":"bedrock","region":"us-east-1","baseUrl":"https://bedrock.test","apiKeySecret":"BEDROCK_KEY"}}',
                BEDROCK_KEY: 'bedrock-upstream-key',
                FIRST_BYTE_TIMEOUT_MS: '400',
                CALL_DEADLINE_MS: '1500',
                CONTENTION_WAIT_MS: '300',
              },
            },
          }),
        ],
        test: {
          name: 'workerd',
          include: ['test/worker/**/*.test.ts', 'test/durable-objects/**/*.test.ts'],
          setupFiles: ['./test/helpers/apply-migrations.ts'],
        },
      },
      // Most of what these tests do is wait: for time-outs, for providers that take their time.
      {
        test: {
          ...aloneInNode,
          name: 'end-to-end',
          include: ['test/end-to-end/**/*.test.ts'],
          exclude: TIMED,
          maxConcurrency: 8,
        },
      },
      { test: { ...aloneInNode, name: 'timed', include: TIMED, maxConcurrency: 4 } },
    ],
  },
});
