/** What a reviewer sees: a question side by side, the queue, and how the review goes. */
import { sentences } from "../../modules/linkage/index.ts";
import type {
  Question,
  QuestionInFull,
  Reason,
  ReviewReport,
  Share,
} from "../../modules/resolution/index.ts";
import { rivalryText, type Wording } from "./explanation.ts";
import { count } from "./resolve-report.ts";
import { renderTable, type TableColumn } from "./table.ts";

/** Values longer than this are cut: two have to stand beside each other. */
const MOST_CHARACTERS = 44;

/** A question with both records beside each other, and what the model makes of them. */
export function renderQuestion(question: QuestionInFull, { model, names }: Wording): string {
  const { left, right, values, explanation, rivalry } = question;
  const head = (record: bigint): string => names.get(record) ?? `record ${record}`;
  const rows = [...values].filter(([, both]) => both.left !== null || both.right !== null);
  const table = renderTable(rows, [
    { head: "", cell: ([field]) => field },
    { head: head(left), cell: ([, both]) => shortened(both.left) },
    { head: "", cell: ([, both]) => (both.left === both.right ? "=" : "") },
    { head: head(right), cell: ([, both]) => shortened(both.right) },
  ]);
  const torn = rivalry === undefined ? "" : `\nAsked because ${rivalryText(rivalry)}.`;
  return [
    `Are records ${left} and ${right} the same?${hangingOn(question)}${torn}`,
    table,
    sentences(model, explanation.score).join("\n"),
  ].join("\n\n");
}

/** What hangs on the answer. */
function hangingOn({
  reason,
  leftCustomer,
  leftSize,
  rightSize,
  parts = [],
}: QuestionInFull): string {
  if (reason === "weak-bridge") {
    const sizes = parts.map((size) => count(size, "record")).join(" and ");
    const many = parts.length === 2 ? "two" : parts.length;
    return `\nThey are linked, and nothing stronger holds customer ${leftCustomer} together. If they are different, it becomes ${many}: ${sizes}.`;
  }
  return leftSize * rightSize === 1n
    ? ""
    : `\nThe answer decides about customers of ${leftSize} and ${rightSize} records.`;
}

function shortened(value: string | null): string {
  if (value === null) {
    return "";
  }
  const letters = [...value];
  return letters.length <= MOST_CHARACTERS
    ? value
    : `${letters.slice(0, MOST_CHARACTERS - 1).join("")}…`;
}

const QUEUE_COLUMNS: readonly TableColumn<Question>[] = [
  { head: "pair", cell: ({ left, right }) => `${left}-${right}` },
  {
    head: "customers",
    cell: ({ leftCustomer, rightCustomer }) =>
      leftCustomer === rightCustomer ? leftCustomer : `${leftCustomer}, ${rightCustomer}`,
  },
  { head: "by the model", cell: ({ probability }) => `${(100 * probability).toFixed(1)} %` },
  {
    head: "asked because",
    cell: ({ reason, rivalry, leftSize, rightSize }) =>
      rivalry === undefined
        ? reasonText(reason, `${leftSize} and ${count(Number(rightSize), "record")}`)
        : rivalryText(rivalry),
  },
  { head: "value", cell: ({ value }) => value.toFixed(2) },
];

function reasonText(reason: Reason, sides: string): string {
  switch (reason) {
    case "unsure":
      return "the model cannot tell";
    case "held-back":
      return "the rest of their customers speaks against it";
    case "weak-bridge":
      return `nothing stronger holds ${sides} together`;
  }
}

/** The queue, the most valuable question first. */
export function renderQueue(questions: readonly Question[], client: string): string {
  return questions.length === 0
    ? "nothing is open"
    : `${renderTable(questions, QUEUE_COLUMNS)}\n\nside by side: waybill resolve explain ${client} LEFT RIGHT; answer: waybill resolve judge ${client} PAIR same|different|unsure`;
}

/** Agreement of reviewers, and what thresholds would do on the pairs that were judged. */
export function renderReview(report: ReviewReport): string {
  const { labelled, agreements, thresholds } = report;
  if (labelled === 0) {
    return "no pair was judged the same or different by a person yet; answer some with: waybill resolve review CLIENT";
  }
  const quality = renderTable(thresholds, [
    { head: "threshold", cell: ({ threshold }) => String(threshold) },
    { head: "precision", cell: ({ precision }) => shareText(precision) },
    { head: "recall", cell: ({ recall }) => shareText(recall) },
  ]);
  const parts = [
    `${count(labelled, "pair")} judged the same or different by persons. In brackets, where the true rate lies in 19 of 20 cases.\nDoubtful pairs are asked about first: rates of all pairs are higher.`,
    quality,
    proposalText(report),
  ];
  if (agreements.length > 0) {
    parts.push(
      renderTable(agreements, [
        { head: "reviewers", cell: ({ reviewers }) => reviewers.join(" and ") },
        { head: "pairs", cell: ({ pairs }) => pairs },
        { head: "agreed", cell: ({ agreed }) => agreed },
        { head: "beyond chance (kappa)", cell: ({ kappa }) => kappa?.toFixed(2) },
      ]),
    );
  }
  return parts.join("\n\n");
}

function proposalText({ link, proposal }: ReviewReport): string {
  const inForce = link.toPrecision(3);
  if (proposal === undefined) {
    return `Linked from ${inForce} on. The judgements so far speak for no other threshold.`;
  }
  const { threshold, corrected } = proposal;
  const others = threshold > link ? "are different" : "are the same";
  return [
    `Linked from ${inForce} on. The judgements speak for ${threshold}: of the judged pairs between the two, ${shareText(corrected)} ${others}.`,
    "To follow them, put it into the model of the client's folder: thresholds, link.",
  ].join("\n");
}

function shareText(share: Share | undefined): string {
  if (share === undefined) {
    return "–";
  }
  const { value, low, high, of } = share;
  const percent = (part: number): string => (100 * part).toFixed(1);
  return `${percent(value)} % (${percent(low)}–${percent(high)}, of ${of})`;
}
