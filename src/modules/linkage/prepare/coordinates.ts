import { cut } from "./folding.ts";
import type { SetAsideReason } from "./reader.ts";

/** Degrees north and east (WGS 84). */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

/** What joins the values of two columns; numbers with a decimal comma can still be told apart. */
export const COORDINATE_JOINT = ";";

/** Reads `latitude;longitude`, or both with a comma or a blank between them. 0, 0 is what programs put in. */
export function readCoordinates(value: string): Coordinates | SetAsideReason {
  const [latitude, longitude] = numbersOf(cut(value).trim());
  if (latitude === undefined || longitude === undefined) {
    return "unreadable";
  }
  if (latitude === 0 && longitude === 0) {
    return "placeholder-number";
  }
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? { latitude, longitude }
    : "unreadable";
}

function numbersOf(text: string): readonly number[] {
  const separator = text.includes(COORDINATE_JOINT)
    ? /\s*;\s*/
    : text.includes(".")
      ? /[,\s]+/
      : /\s+/;
  const parts = text.split(separator).map((part) => part.replace(",", "."));
  return parts.length === 2 && parts.every((part) => decimal.test(part)) ? parts.map(Number) : [];
}

const decimal = /^[+-]?\d{1,3}(?:\.\d{1,15})?$/;
