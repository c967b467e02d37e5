import { expect, test } from "vitest";
import { InvariantError } from "../../../kernel/index.ts";
import { ByteSink } from "./byte-sink.ts";
import { copyLine } from "./copy-text.ts";
import { encoderFor } from "./encoder.ts";
import { OutgoingRows } from "./outgoing-rows.ts";

function linesOf(values: readonly string[]): string {
  const encoder = encoderFor({ format: "jsonl", waybillId: "" }, [
    { name: "sum", type: "decimal" },
  ]);
  const rows = new OutgoingRows([false]);
  const out = new ByteSink();
  rows.feed(Buffer.from(values.map((value) => copyLine(["1", "", value])).join("")));
  while (rows.next()) {
    encoder.add(rows, out);
  }
  return out.bytes.toString();
}

test("numbers stand in JSON with all the digits that they came with", () => {
  expect(linesOf(["-0.10", "12345678901234567890.00"])).toBe(
    '{"sum":-0.10}\n{"sum":12345678901234567890.00}\n',
  );
});

test.each(["NaN", "-Infinity", "", "1.", "1.2.3", "+1"])(
  "what JSON has no number for stops at once: '%s'",
  (value) => {
    expect(() => linesOf([value])).toThrow(InvariantError);
  },
);
