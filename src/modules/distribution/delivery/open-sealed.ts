/** Sealed fields that leave: opened batch by batch between the server and the encoder, and given their form. */
import { must } from "../../../kernel/index.ts";
import { type CustomerDataset, indexedAs } from "../../contracts/index.ts";
import type { Access } from "../../policy/index.ts";
import { type Opener, type Protection, shredded } from "../../protection/index.ts";
import { copyLine } from "../payload/copy-text.ts";
import { OutgoingRows } from "../payload/outgoing-rows.ts";
import type { TextForm } from "../payload/text-form.ts";
import { formsOfRow, type OutgoingField } from "../store/projection.ts";

export interface OpeningRequest {
  readonly customers: CustomerDataset;
  readonly fields: readonly OutgoingField[];
  readonly access: Access;
  readonly protection: () => Promise<Protection>;
}

/** The rows with their sealed values opened; those of other requests pass as they are. */
export async function* openSealed(
  chunks: AsyncIterable<Buffer>,
  request: OpeningRequest,
): AsyncIterable<Buffer> {
  if (request.fields.every(({ field }) => field.sealed !== true)) {
    yield* chunks;
    return;
  }
  const protection = await request.protection();
  const rows = new OutgoingRows(
    request.fields.map(({ field }) => field.type.kind === "text-list" && field.sealed !== true),
  );
  for await (const chunk of chunks) {
    rows.feed(chunk);
    const batch: SealedRow[] = [];
    while (rows.next()) {
      batch.push({ id: rows.id, forms: rows.forms, values: rows.values() });
    }
    const opener = await protection.opener(batch.flatMap((row) => sealedIn(row, request)));
    yield Buffer.from(batch.map((row) => opened(row, { ...request, opener })).join(""));
  }
  rows.end();
}

interface SealedRow {
  readonly id: number;
  readonly forms: string;
  readonly values: readonly TextForm[];
}

function sealedIn({ values }: SealedRow, { fields }: OpeningRequest): Buffer[] {
  return fields.flatMap(({ field }, place) => {
    const value = values[place];
    return field.sealed === true && typeof value === "string" ? [bytesOf(value)] : [];
  });
}

/** The row as it was copied, with texts in the place of bytes. */
function opened(
  { id, forms, values }: SealedRow,
  { customers, fields, access, opener }: OpeningRequest & { readonly opener: Opener },
): string {
  const given = formsOfRow(fields, forms);
  const texts = fields.map(({ field }, place): TextForm => {
    const form = given[place] ?? "absent";
    const value = values[place] ?? null;
    if (field.sealed !== true || typeof value !== "string") {
      return value;
    }
    const text = opener.open(indexedAs(customers, field.name), bytesOf(value));
    return text === shredded ? null : access.inForm(customers.name, field.name, { form, text });
  });
  return copyLine([String(id), forms, ...texts]);
}

/** Bytes as the server writes them: `\x` and hexadecimal digits. */
function bytesOf(text: string): Buffer {
  return Buffer.from(must(text.split("x")[1], "sealed values come as bytes"), "hex");
}
