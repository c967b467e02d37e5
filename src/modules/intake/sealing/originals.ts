/**
 * The bytes of refused rows. Nobody can say what is in them (that is why they were refused), so where the
 * dataset has sealed fields they are sealed whole, under the key of their intake.
 */
import { RefusedError } from "../../../kernel/index.ts";
import { type Handle, type Protection, shredded } from "../../protection/index.ts";

/** What originals are sealed as: opening them as anything else fails. */
const CONTEXT = "quarantine";

/** The handle of an intake's own key. */
function intakeHandle(protection: Protection, intake: bigint): Handle {
  return protection.handleOf(["intake", intake.toString()]);
}

/** Seals the originals of some rows of one intake. */
export async function sealOriginals<R extends { readonly original: Buffer }>(
  protection: Protection,
  { intake, rows }: { readonly intake: bigint; readonly rows: readonly R[] },
): Promise<R[]> {
  if (rows.length === 0) {
    return [];
  }
  const handle = intakeHandle(protection, intake);
  const sealer = await protection.sealer([handle]);
  return rows.map((row) => ({
    ...row,
    original: sealer.sealBytes(handle, CONTEXT, row.original),
  }));
}

/**
 * Opens the originals of those rows that are sealed.
 * @throws RefusedError `quarantine-shredded` when the key of their intake was destroyed
 */
export async function openOriginals<
  R extends { readonly original: Buffer; readonly intake: bigint; readonly isSealed: boolean },
>(protection: Protection, rows: readonly R[]): Promise<R[]> {
  const sealed = rows.filter(({ isSealed }) => isSealed);
  const handles = new Set(sealed.map(({ intake }) => intakeHandle(protection, intake)));
  const opener = await protection.openerOf(handles);
  return rows.map((row) => {
    if (!row.isSealed) {
      return row;
    }
    const original = opener.openBytes(CONTEXT, row.original);
    if (original === shredded) {
      throw new RefusedError(
        "quarantine-shredded",
        `the key of intake ${row.intake} was destroyed, and with it the rows it had refused`,
        [],
        { hint: "take them out of quarantine by importing the file again" },
      );
    }
    return { ...row, original };
  });
}
