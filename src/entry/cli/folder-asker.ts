/** Whether somebody may ask as whom they say once a folder is applied: judged by the folder, before anything is. */
import { RefusedError } from "../../kernel/index.ts";
import type { ClientFolder } from "../../modules/contracts/index.ts";
import { compileAccess, policiesAmong, resolveAsker } from "../../modules/policy/index.ts";
import type { Context } from "../context.ts";
import type { AskingOptions } from "./asking.ts";

/**
 * Does nothing for whoever does not say as whom or for what they ask, and where the policies cannot be read:
 * those are refused with the folder, which says more of them.
 * @throws RefusedError, ForbiddenError, NotFoundError as asking would when the folder is applied
 */
export function refuseAskerOfFolder(
  { actor, clock }: Pick<Context, "actor" | "clock">,
  { definitions, catalogue }: ClientFolder,
  asked: AskingOptions,
): void {
  const { set, recipients, issues } = policiesAmong(definitions, catalogue);
  if ((asked.as === undefined && asked.purpose === undefined) || issues.length > 0) {
    return;
  }
  const at = clock.now();
  const asker = resolveAsker(actor, asked, { recipients, catalogue, at });
  // Whether anything is seen does not depend on how pseudonyms are made.
  const pseudonymKey = (): Buffer => Buffer.alloc(32);
  const { nothing } = compileAccess({ ...asker, catalogue, set, at, pseudonymKey });
  if (nothing !== undefined) {
    throw new RefusedError("nothing-seen", nothing, [], {
      hint: "policies/*.cedar and recipients/*.yaml of the folder say who may see what",
    });
  }
}
