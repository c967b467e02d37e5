/** The oracle's values: exact decimals, and one order for everything that can be compared. */

export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** A date is its text, an instant its microseconds, a number its exact decimal. */
export type Actual = string | boolean | bigint | Decimal | readonly string[] | undefined;
export function decimal(text: string): Decimal {
  const [units = "", fraction = ""] = text.split(".");
  return { units: BigInt(units + fraction), scale: fraction.length };
}

export function whole(number: number): Decimal {
  return { units: BigInt(number), scale: 0 };
}

export function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [
    a.units * 10n ** BigInt(scale - a.scale),
    b.units * 10n ** BigInt(scale - b.scale),
    scale,
  ];
}

export function calculated(
  operator: string,
  left: Decimal | undefined,
  right: Decimal | undefined,
): Decimal | undefined {
  if (left === undefined || right === undefined) {
    return undefined;
  }
  const [a, b, scale] = aligned(left, right);
  switch (operator) {
    case "+":
      return { units: a + b, scale };
    case "-":
      return { units: a - b, scale };
    case "*":
      return { units: left.units * right.units, scale: left.scale + right.scale };
    default:
      return b === 0n ? undefined : { units: (a * 10n ** 12n) / b, scale: 12 };
  }
}

export function order(left: Actual, right: Actual): number {
  if (
    typeof left === "object" &&
    typeof right === "object" &&
    "units" in left &&
    "units" in right
  ) {
    const [a, b] = aligned(left, right);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof left === "string" && typeof right === "string") {
    return textOrder([...left], [...right]);
  }
  if (typeof left !== typeof right) {
    throw new TypeError("values of different types were compared");
  }
  return (left ?? 0) < (right ?? 0) ? -1 : (left ?? 0) > (right ?? 0) ? 1 : 0;
}

function textOrder(left: readonly string[], right: readonly string[]): number {
  for (const [index, character] of left.entries()) {
    const other = right[index];
    if (other === undefined) {
      return 1;
    }
    const difference = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return left.length - right.length;
}

export function distance(parts: readonly (Decimal | undefined)[]): Decimal | undefined {
  const [lat, lon, toLat, toLon] = parts.map(
    (part) => part && Number(part.units) / 10 ** part.scale,
  );
  if (lat === undefined || lon === undefined || toLat === undefined || toLon === undefined) {
    return undefined;
  }
  if (
    Math.max(Math.abs(lat), Math.abs(toLat)) > 90 ||
    Math.max(Math.abs(lon), Math.abs(toLon)) > 180
  ) {
    return undefined;
  }
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const h =
    Math.sin(radians(toLat - lat) / 2) ** 2 +
    Math.cos(radians(lat)) * Math.cos(radians(toLat)) * Math.sin(radians(toLon - lon) / 2) ** 2;
  const km = 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(h)));
  return decimal(km.toFixed(6));
}
