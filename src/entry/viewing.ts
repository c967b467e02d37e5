/** Governed views, kept true to what is applied. */
import type { OnTop } from "../modules/contracts/index.ts";
import { clearViews, remakeViews } from "../modules/distribution/index.ts";
import type { Context } from "./context.ts";

/** The views of a client, which change in the transaction that changes its contract or its policies. */
export function viewsOnTop(
  { clock, protect }: Pick<Context, "clock" | "protect">,
  client: string,
): OnTop {
  return {
    remove: clearViews,
    rebuild: (tx, catalogue) =>
      remakeViews(tx, { clock, protection: () => protect(client) }, catalogue),
  };
}
