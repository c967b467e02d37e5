/** What is said of a payload that cannot be read. */
import type { AnnouncedField } from "./record-reader.ts";

/** The payload's bytes are not what its format asks for, or it has other fields than were announced. */
export class PayloadUnreadable extends Error {
  override readonly name = "PayloadUnreadable";
}

/** @throws PayloadUnreadable when the names are not those of the fields, in their order */
export function requireFields(names: readonly string[], fields: readonly AnnouncedField[]): void {
  const announced = fields.map(({ name }) => name);
  if (names.join("\n") === announced.join("\n")) {
    return;
  }
  const missing = announced.filter((name) => !names.includes(name));
  const more = names.filter((name) => !announced.includes(name)).length;
  throw new PayloadUnreadable(
    `the payload's fields are not those of the waybill: ${missing.length === 0 ? "none missing" : `missing ${missing.join(", ")}`}, ${more} unknown`,
  );
}
