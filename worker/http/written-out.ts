// A body that is written out while it is read: whoever reads slowly makes the database wait, and what fails halfway is cut off.

const encoder = new TextEncoder();

export function writtenOut(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await texts.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    cancel: async () => {
      await texts.return(undefined);
    },
  });
}
