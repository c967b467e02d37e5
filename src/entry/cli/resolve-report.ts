/** What a run of resolution did, or would do: as a document, and in words. */
import type { ResolutionProgress, ResolutionReport } from "../../modules/resolution/index.ts";
import type { Linking } from "../linking.ts";
import { problemText } from "../problem-text.ts";
import { type Cell, renderFacts, renderTable } from "./table.ts";

/** How a run was asked for. */
export interface RunAsked {
  readonly client: string;
  readonly dryRun: boolean;
  readonly seconds: number;
}

export function runDocument(report: ResolutionReport, asked: RunAsked): object {
  return { ...asked, ...mergedAndSplit(report), ...report };
}

/** In words, with what to do next. */
export function renderRun(report: ResolutionReport, { client, dryRun, seconds }: RunAsked): string {
  if (report.scope === "changed" && report.records === 0) {
    return `nothing of ${client} ${report.dataset} is new or changed since the last run`;
  }
  const { merged, split } = mergedAndSplit(report);
  const would = dryRun ? "would be " : "";
  const facts: (readonly [string, Cell])[] = [
    ["resolved", `${client} ${report.dataset}`],
    ["records", scopeText(report)],
    ["model", modelText(report, dryRun)],
    ...(report.taught === undefined ? [] : [["learnt from", taughtText(report.taught)] as const]),
    ["pairs weighed", pairsWeighed(report)],
    ["  the same", report.pairs.same],
    ["  to be asked about", report.pairs.unsure],
    [`customers ${would}merged`, merged],
    [`customers ${would}split`, split],
    ["largest reached", `${count(report.largest, "record")}`],
    ["time", `${seconds.toFixed(1)} s`],
  ];
  const parts = [renderFacts(facts)];
  if (report.overruled.length > 0) {
    parts.push(renderOverruled(report));
  }
  if (dryRun) {
    parts.push("a dry run: nothing was changed");
  } else if (report.pairs.unsure > 0) {
    parts.push(`answer what is open: waybill resolve review ${client}`);
  }
  return parts.join("\n\n");
}

function scopeText({ scope, records }: ResolutionReport): string {
  if (scope === "all") {
    return `all ${records.toLocaleString("en-US")}`;
  }
  return `${count(records, "record")} new or changed`;
}

function modelText({ model }: ResolutionReport, dryRun: boolean): string {
  if (model !== null) {
    return `number ${model}`;
  }
  return dryRun ? "not registered in a dry run" : "none: there is nothing to compare";
}

function taughtText({ same, different }: NonNullable<ResolutionReport["taught"]>): string {
  return `${same.toLocaleString("en-US")} same and ${different.toLocaleString("en-US")} different, as persons judged`;
}

function pairsWeighed({ pairs }: ResolutionReport): number {
  return pairs.same + pairs.unsure + pairs.different;
}

/** Customers that went into others, and customers that are new or came back. */
export function mergedAndSplit({ regrouped, customers }: ResolutionReport): {
  readonly merged: number;
  readonly split: number;
} {
  const { merged, split } = regrouped ?? {
    merged: Math.max(0, customers.before - customers.after),
    split: Math.max(0, customers.after - customers.before),
  };
  return { merged, split };
}

/** How many of the judgements that cannot hold are shown. */
const MOST_OVERRULED = 10;

function renderOverruled({ overruled }: ResolutionReport): string {
  const table = renderTable(overruled.slice(0, MOST_OVERRULED), [
    { head: "does not hold", cell: ({ left, right }) => `${left}-${right}` },
    { head: "said", cell: ({ verdict }) => verdict },
    { head: "by", cell: ({ who }) => who },
    { head: "at", cell: ({ at }) => at },
  ]);
  const rest = overruled.length - MOST_OVERRULED;
  return rest > 0 ? `${table}\nand ${rest.toLocaleString("en-US")} more` : table;
}

/** `1 record`, `2,000 records`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

const PHASES: Readonly<Record<ResolutionProgress["phase"], string>> = {
  reading: "reading records",
  blocking: "finding pairs",
  training: "learning the model",
  weighing: "weighing pairs",
  grouping: "grouping records",
  writing: "writing",
};

/** One line of progress. */
export function resolutionProgress({ phase, done, total }: ResolutionProgress): string {
  if (done === undefined) {
    return PHASES[phase];
  }
  if (total === undefined || total === 0) {
    return `${PHASES[phase]}: ${done.toLocaleString("en-US")}`;
  }
  return `${PHASES[phase]}: ${Math.floor((100 * done) / total)} %`;
}

/** What became of linking an import, for its document. */
export function linkingDocument(linking: Linking): object {
  switch (linking.state) {
    case "linked": {
      const { report, seconds } = linking;
      const { records, scope, model } = report;
      const found = { ...mergedAndSplit(report), toReview: report.pairs.unsure };
      return { state: linking.state, scope, model, records, ...found, seconds };
    }
    case "failed":
      return { state: linking.state, problem: problemText(linking.error) };
    case "waiting":
    case "nothing-to-compare":
      return linking;
  }
}

/** The same in words; nothing where there is nothing to say. */
export function linkingLines(linking: Linking | undefined, client: string): string[] {
  switch (linking?.state) {
    case "linked":
      return [linkedText(linking, client)];
    case "waiting":
      return [
        `not linked yet: a model is learnt from ${linking.enough} records that can be told apart, and there are ${linking.records}\nwith fewer: waybill resolve ${client}`,
      ];
    case "failed":
      return [
        `the import stands, but linking it did not succeed: ${problemText(linking.error)}\nlink it later: waybill resolve ${client}`,
      ];
    case "nothing-to-compare":
    case undefined:
      return [];
  }
}

function linkedText(
  { report, seconds }: Extract<Linking, { readonly state: "linked" }>,
  client: string,
): string {
  const { merged, split } = mergedAndSplit(report);
  const open = report.pairs.unsure;
  const parts = [
    `${count(merged, "customer")} merged into others`,
    ...(split === 0 ? [] : [`${count(split, "customer")} split off`]),
    `${count(open, "pair")} to be asked about`,
  ];
  const answer = open === 0 ? "" : `\nanswer: waybill resolve review ${client}`;
  return `linked in ${seconds.toFixed(1)} s: ${parts.join(", ")}${answer}`;
}
