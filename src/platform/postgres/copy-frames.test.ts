import fc from "fast-check";
import { expect, test } from "vitest";
import { CopyFrames } from "./copy-frames.ts";

const COPY_DATA = "d";

const message = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant(COPY_DATA) },
    fc.constantFrom("H", "N", "c", "C", "Z"),
  ),
  content: fc.uint8Array({ maxLength: 40 }),
});

function framed({
  kind,
  content,
}: {
  readonly kind: string;
  readonly content: Uint8Array;
}): Buffer {
  const header = Buffer.alloc(5);
  header.write(kind, "latin1");
  header.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
}

test("rows are taken out of their messages and all others left, wherever the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(30), { minLength: 1 }), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(framed));
      const frames = new CopyFrames();
      const rows: Buffer[] = [];
      const others: Buffer[] = [];

      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const end = at + 1 + (cuts[turn % cuts.length] ?? 0);
        const unframed = frames.take(Buffer.from(stream.subarray(at, end)));
        rows.push(unframed.rows);
        others.push(...unframed.others);
        at = end;
      }

      const data = messages.filter(({ kind }) => kind === COPY_DATA);
      const rest = messages.filter(({ kind }) => kind !== COPY_DATA);
      expect(Buffer.concat(rows)).toEqual(Buffer.concat(data.map(({ content }) => content)));
      expect(Buffer.concat(others)).toEqual(Buffer.concat(rest.map(framed)));
    }),
  );
});
