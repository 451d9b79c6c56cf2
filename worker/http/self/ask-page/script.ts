// What the page does, as it runs in a browser: plain JavaScript that talks to /me alone. Whatever it shows, it shows as text.

export const pageScript = `
const form = document.getElementById('ask');
const { key, team, kind, budget, rate, scope, amount, models, until, reason } = form.elements;

const call = async (method, path, body) => {
  // Without a key the browser may be signed on, and says so by itself.
  const headers = {};
  if (key.value.trim() !== '') headers.authorization = 'Bearer ' + key.value.trim();
  if (team.value.trim() !== '') headers['x-headgate-team'] = team.value.trim();
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  if (!response.ok) throw Object.assign(new Error(answer.error.message), { status: response.status });
  return answer;
};

const tell = (text, bad) => {
  const place = document.getElementById('answer');
  place.textContent = text;
  place.className = bad ? 'bad' : '';
};

const attempt = async (work) => {
  try {
    await work();
  } catch (error) {
    tell(error.message, true);
  }
};

const shown = (unit, amount) => (unit === 'usd' ? '$' + amount : amount + ' ' + unit);
const local = (time) => new Date(time).toLocaleString();

const thing = ({ kind, budget, unit, amount, models, rate, scope }) => {
  if (kind === 'model_access') return models.join(', ');
  return kind === 'rate_increase' ? amount + ' more ' + rate + ' for the ' + scope.kind : shown(unit, amount) + ' of ' + budget;
};

const sentence = (request) =>
  request.state + ': ' + thing(request) + ' until ' + local(request.until) + ' – ' + request.reason;

const button = (text, work) => {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  element.addEventListener('click', () => attempt(async () => { await work(); await refresh(); }));
  return element;
};

const list = (name, rows, present) => {
  const section = document.getElementById(name);
  section.hidden = rows.length === 0;
  section.querySelector('ul').replaceChildren(...rows.map((row) => {
    const item = document.createElement('li');
    item.append(...present(row));
    return item;
  }));
};

const ownRow = (request) => {
  const { id, state, decision } = request;
  const said = decision === null ? '' : ' (' + [decision.by, decision.reason].filter(Boolean).join(': ') + ')';
  const parts = [sentence(request) + said];
  if (state === 'pending') parts.push(' ', button('Withdraw', () => call('DELETE', '/me/requests/' + id)));
  return parts;
};

const decidableRow = (request) => {
  const { id, user, version } = request;
  const path = '/me/approvals/' + id;
  const deny = async () => {
    const why = prompt('Why not? ' + user + ' will read it.');
    if (why) await call('POST', path + '/deny', { reason: why, version });
  };
  return [user + ' – ' + sentence(request), document.createElement('br'),
    button('Approve', () => call('POST', path + '/approve', { version })), button('Deny', deny)];
};

const units = new Map();

const refresh = async () => {
  const [self, own, waiting] = await Promise.all([
    call('GET', '/me'), call('GET', '/me/requests?limit=20'), call('GET', '/me/approvals?limit=50')]);
  for (const { id, unit } of self.budgets) units.set(id, unit);
  const left = self.budgets.map(({ id, unit, remaining, limit }) => id + ': ' + shown(unit, remaining) + ' of ' + shown(unit, limit) + ' left');
  document.getElementById('self').textContent = self.user + ', team ' + self.team + '. ' + left.join('; ');
  document.getElementById('budgets').replaceChildren(...self.budgets.map(({ id }) => new Option(id)));
  list('requests', own.data, ownRow);
  list('approvals', waiting.data, decidableRow);
};

const choose = () => {
  for (const part of form.querySelectorAll('[data-kind]')) {
    part.hidden = !part.dataset.kind.split(' ').includes(kind.value);
    for (const field of part.querySelectorAll('input')) field.required = !part.hidden;
  }
};

const wanted = () => {
  if (kind.value === 'model_access') return { models: models.value.split(',').map((name) => name.trim()).filter(Boolean) };
  const written = amount.value.trim();
  if (kind.value === 'rate_increase') return { rate: rate.value, scope: scope.value, amount: Number(written) };
  const id = budget.value.trim();
  return { budget: id, amount: units.get(id) === 'usd' ? written : Number(written) };
};

const ask = async () => {
  await refresh();
  const end = until.value === '' ? {} : { until: new Date(until.value).toISOString() };
  const request = await call('POST', '/me/requests', { kind: kind.value, ...wanted(), ...end, reason: reason.value });
  tell(request.state === 'approved' ? 'Approved: it is in force now.' : 'Asked. You see it below until it is decided.', false);
  await refresh();
};

for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  const field = form.elements.namedItem(name);
  if (field !== null && name !== 'key') field.value = value;
}
choose();
kind.addEventListener('change', choose);
for (const field of [key, team]) field.addEventListener('change', () => attempt(refresh));
// Whoever is signed on sees at once where they stand; nobody else has done anything wrong yet.
refresh().catch(({ status, message }) => { if (status !== undefined && status !== 401) tell(message, true); });
form.addEventListener('submit', (event) => { event.preventDefault(); attempt(ask); });
`;
