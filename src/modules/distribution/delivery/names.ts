/** The names of a delivery's files, made from what the journal holds, so that recovery can find them. */
import type { PayloadFormat } from "../../../protocol/waybill/index.ts";

const ENDINGS: Readonly<Record<PayloadFormat, string>> = {
  csv: "csv",
  jsonl: "jsonl",
  parquet: "parquet",
  // The bodies, one a line.
  webhook: "jsonl",
};

/** What the journal has in the place of a route for an export by hand, before the file: no route has a blank in its name. */
export const EXPORT = "export ";

/** The file of an export by hand; undefined for the delivery of a route. */
export function exportedFile(journal: string): string | undefined {
  return journal.startsWith(EXPORT) ? journal.slice(EXPORT.length) : undefined;
}

export interface NamedDelivery {
  readonly route: string;
  readonly startedAt: Date;
  readonly delivery: bigint;
}

/** `ROUTE-YYYYMMDDTHHMMSSZ-DELIVERY.ENDING`: sorts by route, then time; no two deliveries share one. */
export function payloadName(
  { route, startedAt, delivery }: NamedDelivery,
  format: PayloadFormat,
): string {
  const stamp = startedAt.toISOString().replace(/[-:]|\.\d+/gu, "");
  return `${route}-${stamp}-${delivery}.${ENDINGS[format]}`;
}
