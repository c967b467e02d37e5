/** A contract's version says which text is meant: other content needs another version. */
import type { Issue } from "../../kernel/index.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ChangeEffect } from "./changes.ts";
import { compareSemver, nextSemver } from "./semver.ts";
import type { StoredContract } from "./store/versions.ts";

/**
 * Why the version of a contract cannot follow those that were applied, or undefined. An earlier
 * contract may come back as it was; anything else is newer than all before it.
 */
export function versionIssue(
  { contractVersion, contractSha256 }: Catalogue,
  history: readonly StoredContract[],
  changes: readonly { readonly effect: ChangeEffect; readonly text: string }[],
): Issue | undefined {
  const isKnown = history.some(
    ({ version, sha256 }) => version === contractVersion && sha256 === contractSha256,
  );
  const newest = history
    .map(({ version }) => version)
    .toSorted(compareSemver)
    .at(-1);
  if (isKnown || newest === undefined || compareSemver(contractVersion, newest) > 0) {
    return undefined;
  }
  const next = nextSemver(newest, weightOf(changes));
  const isTaken = history.some(({ version }) => version === contractVersion);
  return {
    at: "contract.yaml: version",
    message: isTaken
      ? `version ${contractVersion} was applied with other content`
      : `version ${contractVersion} is older than ${newest}, which was applied`,
    hint: `version: ${next}`,
  };
}

/** What is lost or tightened breaks those who rely on it; what is added does not. */
function weightOf(
  changes: readonly { readonly effect: ChangeEffect; readonly text: string }[],
): "major" | "minor" | "patch" {
  if (changes.some(({ effect }) => effect !== "safe")) {
    return "major";
  }
  return changes.some(({ text }) => /\b(?:added|widened|identifier)\b/u.test(text))
    ? "minor"
    : "patch";
}
