/** Numbers in other spellings than 1234.56: decimal commas and thousands marks. */
import { Rejection } from "../normalise/outcome.ts";
import type { Normalise } from "../normalise/outcome.ts";

const WRONG_MARKS = new Rejection(
  "type",
  "is not a number with the decimal and thousands marks of its source",
);

/**
 * Puts a number into the plain form. Thousands marks must stand where they belong, in front of groups of three
 * (or, as in India, of two before the last three): otherwise `1.234` could quietly become a thousand times too much.
 */
export function marksReader(decimal: string, thousands: string | undefined): Normalise {
  const point = escaped(decimal);
  const mark = thousands === undefined ? undefined : markPattern(thousands);
  const whole = mark === undefined ? "\\d*" : `(?:\\d+|\\d{1,3}(?:${mark}\\d{2,3})*${mark}\\d{3})`;
  const form = new RegExp(`^([+-]?)(${whole})(?:${point}(\\d*))?$`);
  const marks = mark === undefined ? undefined : new RegExp(mark, "g");
  return (text) => {
    const match = form.exec(text);
    if (match === null) {
      return WRONG_MARKS;
    }
    const [, sign = "", digits = "", fraction] = match;
    const plain = marks === undefined ? digits : digits.replaceAll(marks, "");
    return fraction === undefined ? sign + plain : `${sign}${plain}.${fraction}`;
  };
}

/** A blank as thousands mark also stands for the no-break blanks that spreadsheets write. */
function markPattern(mark: string): string {
  return mark === " " ? "[ \\u00a0\\u202f]" : escaped(mark);
}

function escaped(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
