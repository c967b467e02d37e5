/** What applying a client's folder would do to its segments. */
import { InvalidInputError } from "../../kernel/index.ts";
import { type ClientFolder, getClient, type Plan } from "../../modules/contracts/index.ts";
import {
  countsOnly,
  countText,
  type PlanCounts,
  planCounts,
  planSegments,
  segmentSchema,
} from "../../modules/segments/index.ts";
import type { Context } from "../context.ts";
import { sealedFolder } from "../sealing.ts";
import { renderTable } from "./table.ts";

/** Counts of the segments that a folder changes, as people may see them who may not see customers. */
export interface FolderSegments {
  readonly minimum: number;
  /** Undefined: they ask for what only the folder's contract has, so nobody can be counted before it applies. */
  readonly plans: readonly PlanCounts[] | undefined;
}

const SEGMENT = "segment ";

/**
 * Who would enter and leave, for a client that is there already.
 * @returns undefined when no segment changes
 */
export async function planFolderSegments(
  context: Pick<Context, "db" | "clock" | "protect">,
  { folder, plan, signal }: FolderPlan,
): Promise<FolderSegments | undefined> {
  const named = plan.changes.flatMap(({ at }) =>
    at.startsWith(SEGMENT) ? [at.slice(SEGMENT.length)] : [],
  );
  if (plan.isNew || named.length === 0) {
    return undefined;
  }
  const { db, clock } = context;
  const { definitions } = await sealedFolder(context, folder);
  const segments = definitions.filter(({ kind }) => kind === "segment");
  const changed = segments.filter(({ name }) => named.includes(name));
  const removed = named.filter((name) => segments.every((one) => one.name !== name));
  const { scope, catalogue } = await getClient(db, plan.client);
  const view = countsOnly(catalogue);
  const minimum = catalogue.minimumCount;
  try {
    const plans = await planSegments(
      { db, scope, catalogue },
      { changes: changed.map(({ body }) => segmentSchema.parse(body)), removed, clock, signal },
    );
    const moving = plans.filter(({ kind }) => kind !== "same");
    return { minimum, plans: moving.map((one) => planCounts(one, view)) };
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return { minimum, plans: undefined };
    }
    throw error;
  }
}

interface FolderPlan {
  readonly folder: ClientFolder;
  readonly plan: Plan;
  readonly signal: AbortSignal;
}

/** The same for people. */
export function renderFolderSegments({ minimum, plans }: FolderSegments): string {
  if (plans === undefined) {
    return "who would enter and leave segments can be counted when the contract is applied";
  }
  const view = { kind: "counts", minimum } as const;
  return plans.length === 0
    ? "nobody would enter or leave a segment"
    : renderTable(plans, [
        { head: "segment", cell: ({ segment }) => segment },
        { head: "members", cell: ({ before }) => countText(before, view) },
        { head: "would be", cell: ({ after }) => countText(after, view) },
        { head: "enter", cell: ({ entering }) => countText(entering, view) },
        { head: "leave", cell: ({ leaving }) => countText(leaving, view) },
      ]);
}
