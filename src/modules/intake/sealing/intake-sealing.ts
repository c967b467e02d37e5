/** What an intake of a dataset with sealed fields seals before it lets go of it. */
import { InvariantError } from "../../../kernel/index.ts";
import { type Dataset, hasSealedFields } from "../../contracts/index.ts";
import type { Protection } from "../../protection/index.ts";
import type { RejectedRow } from "../prepare.ts";
import { sealOriginals } from "./originals.ts";
import { RowSealer } from "./row-sealer.ts";

/** How the protection of a client is had. Clients without sealed fields never ask for it. */
export interface Protecting {
  readonly protect?: ((client: string) => Promise<Protection>) | undefined;
}

/** Seals what comes out of the preparation of one input. */
export interface IntakeSealing {
  /** Prepared rows of COPY text. */
  readonly rows: (copy: Buffer) => Promise<Buffer>;
  /** Refused rows. */
  readonly originals: (rows: readonly RejectedRow[]) => Promise<RejectedRow[]>;
}

/** The protection of a client whose contract seals fields. */
export async function protectionOf({ protect }: Protecting, client: string): Promise<Protection> {
  if (protect === undefined) {
    throw new InvariantError(`the contract of ${client} seals fields, and nothing here can seal`);
  }
  return await protect(client);
}

/** The protection that an intake of a dataset needs; undefined where nothing is sealed. */
export async function neededProtection(
  protecting: Protecting,
  { client, dataset }: { readonly client: string; readonly dataset: Dataset },
): Promise<Protection | undefined> {
  return hasSealedFields(dataset) ? await protectionOf(protecting, client) : undefined;
}

/** Prepares the sealing of one input. */
export function openSealing(
  protection: Protection,
  of: { readonly dataset: Dataset; readonly source: string; readonly intake: bigint },
): IntakeSealing {
  const sealer = new RowSealer({ ...of, protection });
  return {
    rows: (copy) => sealer.seal(copy),
    originals: (rows) => sealOriginals(protection, { intake: of.intake, rows }),
  };
}
