// Stands in for D1 in raw workerd: every statement succeeds and returns no rows. It speaks D1's internal protocol.

export default {
  async fetch(request) {
    const body = await request.json();
    const result = { success: true, results: { columns: [], rows: [] }, meta: { duration: 0, changes: 0 } };
    return Response.json(Array.isArray(body) ? body.map(() => result) : result);
  },
} satisfies ExportedHandler;
