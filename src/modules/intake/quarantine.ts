/** What waits in quarantine: looking at it, taking it out, reading it again after something was mended. */
import { type Clock, InvalidInputError } from "../../kernel/index.ts";
import type { Database, Transaction } from "../../platform/postgres/index.ts";
import type { Client } from "../contracts/index.ts";
import { getIntake } from "./held.ts";
import { type ImportReport, importInput, type ImportRequest } from "./import-input.ts";
import { rereadable } from "./reread.ts";
import { type Protecting, protectionOf } from "./sealing/intake-sealing.ts";
import { openOriginals } from "./sealing/originals.ts";
import {
  markRetried,
  type QuarantinedRow,
  type QuarantineGroup,
  type QuarantinePage,
  selectQuarantined,
  summariseQuarantine,
} from "./store/quarantine.ts";

/** Rows in quarantine by reason, the newest intake first. */
export function quarantineSummary(db: Database, client: Client): Promise<QuarantineGroup[]> {
  return db.scoped(client.scope, summariseQuarantine, { readOnly: true });
}

type Deps = { readonly db: Database } & Protecting;

/** A page of quarantined rows, in the order of intakes and lines; originals that rest sealed are opened. */
export async function quarantinedRows(
  deps: Deps,
  client: Client,
  page: QuarantinePage,
): Promise<QuarantinedRow[]> {
  const work = (tx: Transaction): Promise<QuarantinedRow[]> => selectQuarantined(tx, page);
  const rows = await deps.db.scoped(client.scope, work, { readOnly: true });
  return rows.some(({ isSealed }) => isSealed)
    ? await openOriginals(await protectionOf(deps, client.key), rows)
    : rows;
}

/** Rows read back at a time. */
const PAGE_ROWS = 1_000;

/** Every open row of an intake, page by page. */
export async function* openRows(
  deps: Deps,
  client: Client,
  intake: bigint,
): AsyncGenerator<QuarantinedRow[]> {
  let after: QuarantinePage["after"];
  for (;;) {
    const page = { intake, state: "open", after, limit: PAGE_ROWS } as const;
    const rows = await quarantinedRows(deps, client, page);
    if (rows.length > 0) {
      yield rows;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) {
      return;
    }
    after = { intake, line: last.line };
  }
}

export interface RetryRequest extends Pick<
  ImportRequest,
  "client" | "actor" | "signal" | "onNote"
> {
  readonly intake: bigint;
}

/**
 * Reads the open rows of an intake again, from their original bytes, with the contract and the source
 * as they are now. It is an intake of its own: what is refused again waits in that one's quarantine.
 * @throws InvalidInputError when nothing of the intake is in quarantine
 */
export async function retryQuarantined(
  deps: Deps & { readonly clock: Clock },
  request: RetryRequest,
): Promise<ImportReport> {
  const { client, intake } = request;
  const before = await getIntake(deps.db, client, intake);
  const first = await quarantinedRows(deps, client, { intake, state: "open", limit: 1 });
  if (first.length === 0) {
    throw new InvalidInputError(
      "nothing-quarantined",
      `intake ${intake} has no row in quarantine`,
      [],
      {
        hint: `see what waits with: waybill quarantine list ${client.key}`,
      },
    );
  }
  const lines: bigint[] = [];
  const { format, bytes } = rereadable(before.layout, originals(deps, request, lines));
  return importInput(deps, {
    ...request,
    dataset: before.dataset,
    input: bytes,
    origin: `quarantine of intake ${intake}`,
    source: before.source,
    format,
    expected: { sums: {} },
    dryRun: false,
    onProgress: () => {},
    onPublish: (tx) => markRetried(tx, intake, lines),
  });
}

/** The originals of all open rows; notes down which rows they are. */
async function* originals(
  deps: Deps,
  { client, intake }: RetryRequest,
  lines: bigint[],
): AsyncGenerator<Buffer> {
  for await (const rows of openRows(deps, client, intake)) {
    for (const row of rows) {
      lines.push(row.line);
      yield row.original;
    }
  }
}
