/** Reads all policies of a client together: all are right, or none is in force. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { must } from "../../../kernel/index.ts";
import type { Issue } from "../../../kernel/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import type { Catalogue, Definition } from "../../contracts/index.ts";
import { contradictedPermits } from "../compile/contradictions.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { attributesOf } from "./attributes.ts";
import { parsePolicy, validatePolicies } from "./engine.ts";
import type { Finding } from "./engine.ts";
import { Inexpressible } from "./expression.ts";
import { checkExpressible } from "./expressible.ts";
import { unknownAttributes, unknownNames } from "./names.ts";
import { annotatedId, readPolicy } from "./policy.ts";
import type { Policy } from "./policy.ts";
import { schemaOf } from "./schema.ts";
import { splitPolicies } from "./source.ts";

/** The policies of a client, of which each can be compiled. */
export interface PolicySet {
  /** Hex SHA-256 over the names and the hashes of all files, in the order of the names. */
  readonly sha256: string;
  readonly policies: readonly Policy[];
}

/** What policies are read with: they may speak of nothing else. */
export interface PolicyScene {
  readonly catalogue: Catalogue;
  readonly recipients: readonly Recipient[];
}

/** A policy file, or what is stored of one. */
export type PolicyFile = Pick<Definition, "name" | "file" | "body" | "sha256" | "locate">;

/** A policy on its way in. */
interface Draft {
  readonly file: PolicyFile;
  readonly start: number;
  readonly policy: Policy;
}

const bodySchema = z.object({ text: z.string() });

/**
 * Reads policies.
 * @returns the set, which is in force only when there are no issues
 */
export function readPolicies(
  files: readonly PolicyFile[],
  scene: PolicyScene,
): { readonly set: PolicySet; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const drafts = files.flatMap((file) => readFile(file, issues));
  const report = ({ file, start }: Draft, finding: Finding): void => {
    issues.push(issueAt(file, start + finding.offset, finding));
  };
  const byId = new Map(drafts.map((draft) => [draft.policy.id, draft]));
  const sound = new Map<string, string>();
  for (const draft of drafts) {
    if (byId.get(draft.policy.id) !== draft) {
      const message = `another policy of the file has the id ${JSON.stringify(draft.policy.id)} too`;
      report(draft, { message, hint: "give each an @id of its own", offset: 0 });
    }
    const findings = [
      ...unknownNames(draft.policy, scene),
      ...unknownAttributes(draft.policy, scene.catalogue),
      ...inexpressible(draft, scene),
    ];
    findings.forEach((finding) => {
      report(draft, finding);
    });
    if (findings.length === 0) {
      sound.set(draft.policy.id, draft.policy.text);
    }
  }
  // What names something that does not exist is said above, and better than Cedar could.
  for (const { id, finding } of validatePolicies(schemaOf(scene.catalogue), sound)) {
    report(must(byId.get(id), "Cedar names the policies that it was given"), finding);
  }
  const policies = drafts.map(({ policy }) => policy);
  for (const { id } of issues.length === 0 ? contradictedPermits(policies, scene) : []) {
    report(must(byId.get(id), "it is one of the drafts"), CONTRADICTED);
  }
  return { set: { sha256: hashOf(files), policies }, issues };
}

const CONTRADICTED: Finding = {
  message:
    "the permit contradicts the forbids: whatever it permits is forbidden without a condition",
  hint: "remove it, or give the forbid a condition",
  offset: 0,
};

/** What the hash of a set is made of is what `sha256sum` would write of its files. */
function hashOf(files: readonly Pick<PolicyFile, "name" | "sha256">[]): string {
  const hash = createHash("sha256");
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, sha256 } of sorted) {
    hash.update(`${sha256}  ${name}\n`);
  }
  return hash.digest("hex");
}

function readFile(file: PolicyFile, issues: Issue[]): Draft[] {
  const { text } = bodySchema.parse(file.body);
  const sources = splitPolicies(text);
  if (sources.length === 0) {
    issues.push(
      issueAt(file, 0, {
        message: "the file has no policy",
        hint: "write one, or remove the file",
      }),
    );
  }
  return sources.flatMap((source, index) => {
    const parsed = parsePolicy(source.text);
    if (!parsed.ok) {
      issues.push(...parsed.error.map((one) => issueAt(file, source.start + one.offset, one)));
      return [];
    }
    const own = annotatedId(parsed.value);
    const number = sources.length === 1 ? "" : `#${index + 1}`;
    const id = own === undefined ? `${file.name}${number}` : `${file.name}/${own}`;
    const line = file.locate(["text", source.start])?.line;
    try {
      const policy = readPolicy(parsed.value, { id, text: source.text, line });
      return [{ file, start: source.start, policy }];
    } catch (error) {
      issues.push(issueAt(file, source.start, reasonOf(error)));
      return [];
    }
  });
}

function inexpressible({ policy }: Draft, { catalogue }: PolicyScene): Finding[] {
  const rows = {
    customer: attributesOf(customerDataset(catalogue)),
    account: attributesOf(catalogue.datasets.find(({ kind }) => kind === "account")),
  };
  return policy.conditions.flatMap(({ body }) => {
    try {
      checkExpressible(body, rows);
      return [];
    } catch (error) {
      return [{ ...reasonOf(error), offset: 0 }];
    }
  });
}

function reasonOf(error: unknown): Pick<Finding, "message" | "hint"> {
  if (error instanceof Inexpressible) {
    const hint = "docs/policy.md lists what conditions can say";
    return { message: `the policy cannot be compiled: ${error.message}`, hint };
  }
  throw error;
}

function issueAt(
  file: PolicyFile,
  offset: number,
  { message, hint }: Pick<Finding, "message" | "hint">,
): Issue {
  return { at: file.file, message, hint, ...file.locate(["text", offset]) };
}
