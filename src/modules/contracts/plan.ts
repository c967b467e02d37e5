/**
 * What applying a client's folder would change, and applying it. A plan counts before it promises:
 * rows that a tighter rule would put in the wrong are refused, not found out later.
 */
import { InvalidInputError, InvariantError, RefusedError } from "../../kernel/index.ts";
import type { Clock, Issue } from "../../kernel/index.ts";
import { createScope, findScope, migrateScope } from "../../platform/postgres/index.ts";
import type { Database, NamedScope, Transaction } from "../../platform/postgres/index.ts";
import type { Catalogue } from "./catalogue.ts";
import { catalogueChanges } from "./changes.ts";
import type { Change, ChangeEffect } from "./changes.ts";
import { diffStatements } from "./ddl.ts";
import { DEFINITION_KINDS, definitionFromStored } from "./definition.ts";
import type { Definition, DefinitionChecks, StoredDefinition } from "./definition.ts";
import { countIssues } from "./folder.ts";
import type { ClientFolder } from "./folder.ts";
import { type Reseal, sealedFieldsThatChange } from "./reseal.ts";
import { countProbe } from "./store/probes.ts";
import {
  contractHistory,
  currentContract,
  insertContract,
  insertDefinition,
  isPrepared,
  latestDefinitions,
  lockVersions,
} from "./store/versions.ts";
import type { StoredContract } from "./store/versions.ts";
import { tablesOf } from "./tables.ts";
import { versionIssue } from "./contract-version.ts";

/** One difference between the folder and the database. */
export interface PlannedChange {
  /** What it is about: `contract`, `customers`, `customers.notes`, `segment at-risk`. */
  readonly at: string;
  /** What changes, in a sentence without a full stop. */
  readonly text: string;
  readonly effect: ChangeEffect;
  /** Present rows that stand in its way. */
  readonly violations: number;
  /** What must be named to have it nevertheless; undefined when it is free, or cannot be had. */
  readonly allow: string | undefined;
}

export interface Plan {
  readonly client: string;
  readonly isNew: boolean;
  /** Empty when folder and database agree. */
  readonly changes: readonly PlannedChange[];
  /** Why it cannot be applied whatever is allowed: the contract's version was not raised. */
  readonly issues: readonly Issue[];
}

/**
 * Compares a folder with the database. Changes nothing.
 * @throws InvalidInputError `definitions-invalid` with every issue that the checks find
 */
export async function planFolder(
  db: Database,
  folder: ClientFolder,
  checks: DefinitionChecks,
): Promise<Plan> {
  const scope = await findScope(db, folder.client);
  const fresh = async (): Promise<Plan> => {
    await checkDefinitions(folder, NOTHING, checks);
    return planFrom(folder, NOTHING, []);
  };
  if (scope === undefined) {
    return await fresh();
  }
  const work = async (tx: Transaction): Promise<Plan> =>
    (await isPrepared(tx)) ? (await planWithin(tx, folder, checks)).plan : await fresh();
  // One snapshot, so that what is counted and what is in force belong together.
  const options = { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 0 } as const;
  return await db.scoped(scope, work, options);
}

/** What somebody else has made on top of a client's tables: views that would hold a change of a table up. */
export interface OnTop {
  /** Before anything is changed. */
  readonly remove: (tx: Transaction) => Promise<void>;
  /** Once tables, contract and definitions are what the folder says. */
  readonly rebuild: (tx: Transaction, catalogue: Catalogue) => Promise<unknown>;
}

export interface ApplyOptions {
  /** Who applies it. */
  readonly actor: string;
  readonly clock: Clock;
  /** Refused changes to have nevertheless, such as `drop:customers.notes`. */
  readonly allow: readonly string[];
  /** What stands on the client's tables and policies, and changes with them in the same transaction. */
  readonly onTop?: OnTop | undefined;
  /** Takes over the values of fields that are sealed from now on, or no longer; without it they are refused. */
  readonly reseal?: Reseal | undefined;
}

/**
 * Makes the database what the folder says: tables, contract and definitions in one transaction, or
 * nothing. Two at once wait for each other; applying again finds nothing to do.
 * @returns what was changed
 * @throws InvalidInputError `definitions-invalid` with every issue that the checks find
 * @throws RefusedError `plan-refused` with every change that must be named, or cannot be had
 */
// oxlint-disable-next-line max-params -- three things to bring together, then an object of options
export async function applyFolder(
  db: Database,
  folder: ClientFolder,
  checks: DefinitionChecks,
  options: ApplyOptions,
): Promise<Plan> {
  if ((await findScope(db, folder.client)) === undefined) {
    // Before anything is made for a client that is new.
    await checkDefinitions(folder, NOTHING, checks);
  }
  const scope = await createdScope(db, folder.client);
  return await db.defining(scope, (tx) => applyWithin(tx, folder, { ...options, checks }), {
    statementTimeoutMs: 0,
  });
}

/** What stands in the way of a plan when only `allow` is allowed. */
export function planRefusals(plan: Plan, allow: readonly string[]): Issue[] {
  const refused = plan.changes.filter(
    (change) => isBlocked(change) && (change.allow === undefined || !allow.includes(change.allow)),
  );
  return [...plan.issues, ...refused.map((change) => refusal(change))];
}

async function createdScope(db: Database, key: string): Promise<NamedScope> {
  const scope = await createScope(db, key);
  await migrateScope(db, scope);
  return scope;
}

async function applyWithin(
  tx: Transaction,
  folder: ClientFolder,
  options: ApplyOptions & { readonly checks: DefinitionChecks },
): Promise<Plan> {
  await lockVersions(tx);
  const { plan, present } = await planWithin(tx, folder, options.checks);
  const refusals = planRefusals(plan, options.allow);
  if (refusals.length > 0) {
    throw new RefusedError(
      "plan-refused",
      `the plan for ${plan.client} has ${countIssues(refusals)}`,
      refusals,
    );
  }
  const { contract, definitions } = present;
  await options.onTop?.remove(tx);
  const application = { at: options.clock.now(), actor: options.actor };
  if (contract?.sha256 !== folder.catalogue.contractSha256) {
    const before = contract === undefined ? [] : tablesOf(contract.catalogue);
    const takeOver = contract && (await resealing(tx, { contract, folder, options }));
    for (const statement of diffStatements(before, tablesOf(folder.catalogue))) {
      await tx.run(statement);
    }
    await takeOver?.();
    await insertContract(tx, { bytes: folder.contract, catalogue: folder.catalogue }, application);
  }
  for (const change of definitionDifferences(folder.definitions, definitions)) {
    await insertDefinition(tx, change, application);
  }
  await options.onTop?.rebuild(tx, folder.catalogue);
  return plan;
}

/** Reads what is to be resealed while its old columns stand; undefined when nothing is. */
async function resealing(
  tx: Transaction,
  {
    contract,
    folder: { client, catalogue: after },
    options: { reseal },
  }: {
    readonly contract: StoredContract & { readonly catalogue: Catalogue };
    readonly folder: ClientFolder;
    readonly options: ApplyOptions;
  },
): Promise<(() => Promise<void>) | undefined> {
  const before = contract.catalogue;
  const changes = sealedFieldsThatChange(before, after);
  if (changes.length === 0) {
    return undefined;
  }
  if (reseal === undefined) {
    throw new InvariantError(
      `fields of ${client} are to be sealed or opened, and nothing here can`,
    );
  }
  return await reseal(tx, { before, after, changes });
}

/** What the database holds of the client. */
interface Present {
  readonly contract: Awaited<ReturnType<typeof currentContract>>;
  readonly history: readonly StoredContract[];
  readonly definitions: readonly StoredDefinition[];
}

const NOTHING: Present = { contract: undefined, history: [], definitions: [] };

async function planWithin(
  tx: Transaction,
  folder: ClientFolder,
  checks: DefinitionChecks,
): Promise<{ plan: Plan; present: Present }> {
  const present = {
    contract: await currentContract(tx),
    history: await contractHistory(tx),
    definitions: await latestDefinitions(tx),
  };
  await checkDefinitions(folder, present, checks);
  const counts: Counts[] = [];
  for (const { probe, rewrites } of contractChanges(folder, present)) {
    counts.push({
      violations: probe === undefined ? 0 : await countProbe(tx, probe),
      rewritten: rewrites === undefined ? undefined : await countProbe(tx, rewrites),
    });
  }
  return { plan: planFrom(folder, present, counts), present };
}

function contractChanges({ catalogue }: ClientFolder, { contract }: Present): Change[] {
  const isSame = contract?.sha256 === catalogue.contractSha256;
  return isSame ? [] : catalogueChanges(contract?.catalogue, catalogue);
}

/** What was counted for a change. */
interface Counts {
  readonly violations: number;
  readonly rewritten: number | undefined;
}

function planFrom(folder: ClientFolder, present: Present, counts: readonly Counts[]): Plan {
  const ofContract = contractChanges(folder, present).map(
    ({ at, text, effect, allow }, index): PlannedChange => {
      const { violations = 0, rewritten } = counts[index] ?? {};
      const told = rewritten === undefined ? text : `${text}; ${countRewritten(rewritten)}`;
      return { at, text: told, effect, allow, violations };
    },
  );
  const ofDefinitions = definitionDifferences(folder.definitions, present.definitions).map(
    ({ kind, name, change }): PlannedChange => {
      return {
        at: `${kind} ${name}`,
        text: change,
        effect: "safe",
        allow: undefined,
        violations: 0,
      };
    },
  );
  const issue = versionIssue(folder.catalogue, present.history, ofContract);
  return {
    client: folder.client,
    isNew: present.contract === undefined,
    changes: [...ofContract, ...ofDefinitions],
    issues: issue === undefined ? [] : [issue],
  };
}

function countRewritten(rows: number): string {
  return rows === 1 ? "1 row is rewritten" : `${rows} rows are rewritten`;
}

interface DefinitionDifference {
  readonly kind: Definition["kind"];
  readonly name: string;
  readonly version: number;
  readonly sha256: string;
  readonly body: unknown;
  readonly change: "added" | "changed" | "removed";
}

function definitionDifferences(
  wanted: readonly Definition[],
  present: readonly StoredDefinition[],
): DefinitionDifference[] {
  const differences: DefinitionDifference[] = [];
  for (const { kind, name, sha256, body } of wanted) {
    const old = present.find((one) => one.kind === kind && one.name === name);
    const version = (old?.version ?? 0) + 1;
    if (old === undefined || old.body === null) {
      differences.push({ kind, name, version, sha256, body, change: "added" });
    } else if (old.sha256 !== sha256) {
      differences.push({ kind, name, version, sha256, body, change: "changed" });
    }
  }
  for (const { kind, name, version, sha256, body, origin } of present) {
    const isWanted = wanted.some((one) => one.kind === kind && one.name === name);
    if (!isWanted && body !== null && origin === "folder") {
      differences.push({ kind, name, version: version + 1, sha256, body: null, change: "removed" });
    }
  }
  return differences;
}

/**
 * Judges the folder's definitions together with those that were applied by themselves: a contract that
 * one of them does not fit is refused, and names it. Definitions that were removed hold nothing up.
 */
async function checkDefinitions(
  { client, catalogue, definitions }: ClientFolder,
  { contract, definitions: present }: Present,
  checks: DefinitionChecks,
): Promise<void> {
  const isReplaced = ({ kind, name }: StoredDefinition): boolean =>
    definitions.some((one) => one.kind === kind && one.name === name);
  const own = present.filter(
    (one) => one.origin === "own" && one.body !== null && !isReplaced(one),
  );
  const all = [...definitions, ...own.map(definitionFromStored)];
  const issues: Issue[] = [];
  for (const kind of DEFINITION_KINDS) {
    const ofKind = all.filter((definition) => definition.kind === kind);
    issues.push(...((await checks.get(kind)?.(ofKind, catalogue, all)) ?? []));
  }
  if (issues.length === 0) {
    return;
  }
  const isOtherContract = contract !== undefined && contract.sha256 !== catalogue.contractSha256;
  const unchanged = all.filter(({ kind, name, sha256 }) =>
    present.some((one) => one.kind === kind && one.name === name && one.sha256 === sha256),
  );
  const broken = isOtherContract ? unchanged : [];
  throw new InvalidInputError(
    "definitions-invalid",
    `the definitions of ${client} have ${countIssues(issues)}`,
    issues.map((issue) => withWayOut(issue, broken)),
  );
}

/** @param broken definitions that fitted the contract in force: what the new one says broke them */
function withWayOut(issue: Issue, broken: readonly Definition[]): Issue {
  const definition = broken.find(({ file }) => issue.at.startsWith(file));
  if (definition === undefined) {
    return issue;
  }
  const way = `the new contract breaks it: change or remove this ${definition.kind}, or leave that of the contract as it is`;
  return { ...issue, hint: issue.hint === undefined ? way : `${issue.hint}; ${way}` };
}

function isBlocked({ effect, violations }: PlannedChange): boolean {
  return effect === "destructive" || violations > 0;
}

function refusal({ at, text, effect, allow, violations }: PlannedChange): Issue {
  const rows = violations === 1 ? "1 present row stands" : `${violations} present rows stand`;
  const message = effect === "destructive" ? text : `${text}, but ${rows} against it`;
  const hint =
    allow === undefined
      ? "bring the rows into line first, through a source"
      : `to have it nevertheless: --allow ${allow}`;
  return { at, message, hint };
}
