// The measure of all ratios: a Worker that fetches and returns, and nothing else.

interface BareBindings {
  readonly UPSTREAM: string;
}

export default {
  fetch(request, { UPSTREAM }) {
    const { pathname } = new URL(request.url);
    return fetch(UPSTREAM + pathname, { method: 'POST', headers: request.headers, body: request.body });
  },
} satisfies ExportedHandler<BareBindings>;
