// Model patterns such as "gpt-*": a star stands for any run of characters, everything else for itself.

const MAX_REMEMBERED_PATTERNS = 1_000;
const compiled = new Map<string, RegExp>();

export function matchesGlob(pattern: string, name: string): boolean {
  if (pattern === '*' || pattern === name) return true;
  if (!pattern.includes('*')) return false;
  return compile(pattern).test(name);
}

function compile(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const source = pattern
    .split(/\*+/)
    .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  const expression = new RegExp(`^${source}$`);
  if (compiled.size >= MAX_REMEMBERED_PATTERNS) compiled.clear();
  compiled.set(pattern, expression);
  return expression;
}
