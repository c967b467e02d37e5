/** Why records are one or not, as documents and in words. */
import {
  type ExplanationRow,
  explanationRows,
  type Model,
  probabilityOfWeight,
  sentences,
} from "../../modules/linkage/index.ts";
import type {
  ApartExplanation,
  CustomerExplanation,
  Judgement,
  PairExplanation,
  Rivalry,
  Standing,
} from "../../modules/resolution/index.ts";
import { count } from "./resolve-report.ts";
import { renderTable } from "./table.ts";

/** What records are called beside their numbers: source and key in it, by record. */
export type RecordNames = ReadonlyMap<bigint, string>;

/** What is needed to put an explanation into words. */
export interface Wording {
  readonly model: Model;
  readonly names: RecordNames;
}

export function pairDocument(pair: PairExplanation, model: Model): object {
  const { left, right, customers, score, limits, rules, state, log } = pair;
  return {
    left,
    right,
    customers,
    weight: score.weight,
    probability: score.probability,
    limits: { link: limits.link, review: limits.review },
    comparisons: explanationRows(model, score),
    sentences: sentences(model, score),
    foundBy: rules,
    ruling: state?.ruling,
    judgements: log,
  };
}

/** A pair of records: who says what of it, comparison by comparison, and in sentences. */
export function renderPair(pair: PairExplanation, { model, names }: Wording): string {
  const { left, right, customers, score, rules, log } = pair;
  const isOne = customers.left === customers.right;
  const belong = isOne
    ? `both belong to customer ${customers.left}`
    : `they belong to customers ${customers.left} and ${customers.right}`;
  const found = rules.length === 0 ? "no rule: only their neighbours do" : rules.join("; ");
  return [
    `${named(left, names)} and ${named(right, names)}: ${belong}`,
    renderComparisons(explanationRows(model, score), score.weight),
    sentences(model, score).join("\n"),
    `${standing(pair)}\nbrought together by ${found}`,
    ...(log.length === 0 ? [] : [renderLog(log)]),
  ].join("\n\n");
}

function standing({ score, limits, state }: PairExplanation): string {
  const byModel =
    score.weight >= limits.link
      ? "links the two"
      : score.weight >= limits.review
        ? "cannot tell: a person is asked"
        : "tells the two apart";
  const limit = `linked from a probability of ${percent(limits.link)}, asked about from ${percent(limits.review)}`;
  const ruling = state?.ruling;
  const said =
    ruling === undefined || ruling.judge === "model"
      ? ""
      : `; what holds is ${ruling.verdict}, by ${voice(ruling)}`;
  return `the model ${byModel} (${limit})${said}`;
}

function renderComparisons(rows: readonly ExplanationRow[], weight: number): string {
  const total = { kind: "total", subject: "all together", weight, isMissing: false } as const;
  return renderTable<ExplanationRow | typeof total>(
    [...rows, total],
    [
      { head: "compared", cell: ({ subject }) => subject },
      {
        head: "found",
        cell: (row) => (row.kind === "comparison" ? (row.isMissing ? "missing" : row.outcome) : ""),
      },
      { head: "left", cell: (row) => (row.kind === "comparison" ? row.left : "") },
      { head: "right", cell: (row) => (row.kind === "comparison" ? row.right : "") },
      { head: "weight", cell: (row) => signed(row.weight).padStart(WEIGHT_WIDTH) },
    ],
  );
}

/** As wide as the head of its column and `−123.4`. */
const WEIGHT_WIDTH = 6;

function renderLog(log: readonly Judgement[]): string {
  return renderTable(log, [
    { head: "judgement", cell: ({ judgement }) => judgement.toString() },
    { head: "said", cell: ({ verdict }) => verdict ?? "taken back" },
    { head: "by", cell: voice },
    { head: "at", cell: ({ at }) => at },
    { head: "why", cell: ({ reason }) => reason ?? "" },
  ]);
}

function voice({ judge, who, weight, model }: Judgement): string {
  switch (judge) {
    case "model":
      return `model ${model ?? ""}${weight === null ? "" : `, ${signed(weight)}`}`;
    case "rule":
      return `the same ${who}`;
    case "person":
      return who;
  }
}

/** A customer of several records: what holds it together, the weakest link first. */
export function renderCustomer(explanation: CustomerExplanation, { names }: Wording): string {
  const { customer, records, links, pairs } = explanation;
  const head = `customer ${customer} has ${count(records.length, "record")}`;
  if (records.length < 2) {
    return `${head}: ${named(records[0] ?? customer, names)}`;
  }
  const told = [`${count(pairs.same, "pair")} judged the same`];
  if (pairs.unsure > 0) {
    told.push(`${pairs.unsure.toLocaleString("en-US")} in doubt`);
  }
  if (pairs.different > 0) {
    told.push(`${pairs.different.toLocaleString("en-US")} judged different`);
  }
  return [`${head}; of its pairs ${told.join(", ")}`, renderLinks(links, names)].join("\n\n");
}

/** Judgements that hold a customer together, the weakest first. */
export function renderLinks(links: readonly Standing[], names: RecordNames): string {
  return renderTable(links, [
    { head: "held together by", cell: ({ left }) => named(left, names) },
    { head: "and", cell: ({ right }) => named(right, names) },
    { head: "by", cell: voice },
    {
      head: "probability",
      cell: ({ judge, weight }) => (judge === "model" && weight !== null ? percent(weight) : ""),
    },
    { head: "since", cell: ({ at }) => at },
  ]);
}

const CAUSES: Readonly<Record<ApartExplanation["cause"], string>> = {
  "judged-apart": "they were judged different",
  "too-little": "no pair of their records weighs enough to link them",
  torn: "one pair of their records weighs enough, but one of the two fits a third customer as well",
  "held-back":
    "one pair of their records weighs enough, but their other records speak against it, so a person is asked",
};

/** Two customers: why they are not one, and the pair of records that comes nearest to it. */
export function renderApart(explanation: ApartExplanation, wording: Wording): string {
  const { customers, cause, rivalry, judged, best, compared } = explanation;
  const more = rivalry === undefined ? "" : `; ${rivalryText(rivalry)}`;
  return [
    `customers ${customers.join(" and ")} are two: ${CAUSES[cause]}${more}`,
    ...(judged.length === 0 ? [] : [renderLog(judged)]),
    `of ${count(compared, "pair")} of their records, the nearest:`,
    renderPair(best, wording),
  ].join("\n\n");
}

/** Whom a customer fits, and why it is linked with neither. */
export function rivalryText({ fits, between }: Rivalry): string {
  return `customer ${fits} fits customers ${between.join(" and ")}, who contradict each other`;
}

function named(record: bigint, names: RecordNames): string {
  const name = names.get(record);
  return name === undefined ? `${record}` : `${record} (${name})`;
}

function signed(weight: number): string {
  const digits = Math.abs(weight).toFixed(1);
  return digits === "0.0" ? digits : `${weight > 0 ? "+" : "−"}${digits}`;
}

/** The probability of a weight, never rounded up to certainty. */
export function percent(weight: number): string {
  const probability = probabilityOfWeight(weight);
  const shown = Math.floor(probability * 10_000) / 100;
  return probability > 0.9999 ? "over 99.99 %" : `${shown.toFixed(shown < 1 ? 2 : 1)} %`;
}
