// Reads Prometheus's text format, version 0.0.4, as strictly as a test may wish.

export interface ParsedMetric {
  readonly type: string;
  readonly help: string;
  readonly samples: { readonly labels: Record<string, string>; readonly value: number }[];
}
export type Metrics = ReadonlyMap<string, ParsedMetric>;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy;

/** Throws for a line that is no part of the format, a sample out of its group, or one that is there twice. */
export function parseExposition(text: string): Metrics {
  if (!text.endsWith('\n')) throw new SyntaxError('the last line does not end');
  const metrics = new Map<string, ParsedMetric>();
  let help: RegExpExecArray | null = null;
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const type = TYPE.exec(line);
    const sample = SAMPLE.exec(line);
    if (line.startsWith('# HELP')) {
      help = HELP.exec(line);
    } else if (type !== null) {
      current = type[1] ?? '';
      if (metrics.has(current) || help?.[1] !== current) throw new SyntaxError(`out of order: ${line}`);
      metrics.set(current, { type: type[2] ?? '', help: help[2] ?? '', samples: [] });
    } else if (sample?.[1] === current && !line.startsWith('#')) {
      addSample(metrics.get(current), labelsOf(sample[2] ?? ''), Number(sample[3]));
    } else {
      throw new SyntaxError(`not of the format: ${line}`);
    }
  }
  return metrics;
}

function addSample(metric: ParsedMetric | undefined, labels: Record<string, string>, value: number): void {
  const isThere = metric?.samples.some((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels)) ?? true;
  if (isThere || !Number.isFinite(value))
    throw new SyntaxError(`twice, or no number: ${JSON.stringify(labels)} ${value}`);
  metric?.samples.push({ labels, value });
}

function labelsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(LABEL)];
  if (found.map(([whole]) => whole).join('') !== text) throw new SyntaxError(`not labels: ${text}`);
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, unescaped(value)]));
}

function unescaped(value: string): string {
  return value.replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
