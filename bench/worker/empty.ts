// A Worker with nothing in it: what the runtime itself needs to start one.

export default {
  fetch: () => new Response(null),
} satisfies ExportedHandler;
