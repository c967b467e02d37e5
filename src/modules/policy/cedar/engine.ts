/**
 * Cedar's own parser and validator, from `@cedar-policy/cedar-wasm`. The only file that calls them; the
 * decisions of `isAuthorized` are the tests' oracle and no part of the product.
 */
import { policyToJson, validate } from "@cedar-policy/cedar-wasm/nodejs";
import type { DetailedError, PolicyJson, SchemaJson } from "@cedar-policy/cedar-wasm/nodejs";
import { err, ok } from "../../../kernel/index.ts";
import type { Result } from "../../../kernel/index.ts";
import { offsetOf } from "./source.ts";

/** What Cedar says of one policy. */
export interface Finding {
  readonly message: string;
  readonly hint: string | undefined;
  /** UTF-16 offset in the policy's text. */
  readonly offset: number;
}

/** Reads the text of one policy. */
export function parsePolicy(text: string): Result<PolicyJson, Finding[]> {
  const answer = policyToJson(text);
  return answer.type === "success"
    ? ok(answer.json)
    : err(answer.errors.map((error) => finding(error, text)));
}

/**
 * Validates policies that can be parsed, strictly.
 * @param policies the texts by id
 * @returns what is wrong, with the policy's id; that a policy can never apply is wrong too
 */
export function validatePolicies(
  schema: SchemaJson<string>,
  policies: ReadonlyMap<string, string>,
): { readonly id: string; readonly finding: Finding }[] {
  const answer = validate({
    schema,
    policies: { staticPolicies: Object.fromEntries(policies) },
    validationSettings: { mode: "strict" },
  });
  if (answer.type === "failure") {
    return answer.errors.map((error) => ({ id: "", finding: finding(error, "") }));
  }
  const wrong = new Set(answer.validationErrors.map(({ policyId }) => policyId));
  // What cannot be judged because of an error is not also called impossible.
  const impossible = answer.validationWarnings.filter(({ policyId }) => !wrong.has(policyId));
  return [...answer.validationErrors, ...impossible].map(({ policyId, error }) => ({
    id: policyId,
    finding: finding(error, policies.get(policyId) ?? ""),
  }));
}

function finding({ message, help, sourceLocations }: DetailedError, text: string): Finding {
  const [place] = sourceLocations ?? [];
  const expected = place?.label ?? undefined;
  return {
    message: message
      .replace(/^for policy `[^`]*`, /u, "")
      .replace(/^failed to parse policy from string: /u, "")
      .replace(
        /^policy is impossible: .*$/u,
        "the policy can never apply: its conditions exclude each other",
      ),
    hint: help ?? expected ?? undefined,
    offset: offsetOf(text, place?.start ?? 0),
  };
}
