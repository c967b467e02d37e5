/** The names of a delivery's files, made from what the journal holds, so that recovery can find them. */
import type { PayloadFormat } from "../../../protocol/waybill/index.ts";

const ENDINGS: Readonly<Record<PayloadFormat, string>> = {
  csv: "csv",
  jsonl: "jsonl",
  parquet: "parquet",
  // The bodies, one a line.
  webhook: "jsonl",
};

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
