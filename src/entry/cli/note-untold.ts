import type { Invocation } from "./invocation.ts";

/** Says of a delivery that has arrived that the journal was out of reach at its very end. */
export function noteUntold(
  { output }: Pick<Invocation, "output">,
  { isJournalled }: { readonly isJournalled?: boolean | undefined },
): void {
  if (isJournalled === false) {
    output.note(
      "it was delivered, and the journal was out of reach: the next delivery or start enters it",
    );
  }
}
