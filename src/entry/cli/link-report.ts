/** What `waybill link` says of a run: as a document, and in words. */
import {
  type FilesAnalysis,
  groupSizes,
  type LinkedFiles,
  type LinkQuality,
  type ModelField,
  type PairRates,
  type PreparedFiles,
  probabilityOfWeight,
  weightOfProbability,
} from "../../modules/linkage/index.ts";
import { type Cell, renderFacts, renderTable } from "./table.ts";

/** How long it took, and how much memory the process had at most. */
export interface RunCost {
  readonly seconds: number;
  readonly peakRssMb: number;
}

/** The document of `--json`. Without a truth only the counts are known. */
export function linkDocument(linked: LinkedFiles, quality: LinkQuality | undefined): object {
  const { count, largest } = groupSizes(linked.groups);
  return {
    records: linked.input.rows,
    known: linked.model.training?.known,
    threshold: linkProbability(linked),
    pairs: {
      count: linkedPairs(linked),
      compared: linked.scored.weight.length,
      ...(quality === undefined ? {} : pairDocument(quality)),
    },
    torn: linked.torn.length,
    clusters: { count, largest, ...(quality === undefined ? {} : clusterDocument(quality)) },
  };
}

function pairDocument({ pairs, best, blockingRecall }: LinkQuality): object {
  return {
    precision: pairs.precision,
    recall: pairs.recall,
    f1: pairs.f1,
    bestF1: best.f1,
    bestThreshold: probabilityOfWeight(best.weight),
    bestWeight: best.weight,
    blockingRecall,
  };
}

function clusterDocument({ groups }: LinkQuality): object {
  return {
    pairPrecision: groups.pairs.precision,
    pairRecall: groups.pairs.recall,
    pairF1: groups.pairs.f1,
    bCubedF1: groups.bCubed.f1,
  };
}

/** In words: what was compared and how, what was found, how right it is. */
export function renderLinked(
  linked: LinkedFiles,
  quality: LinkQuality | undefined,
  cost: RunCost,
): string {
  return [
    renderFields(linked),
    renderRules(linked),
    renderFound(linked, cost),
    ...(quality === undefined ? [] : [renderQuality(linked, quality)]),
  ].join("\n\n");
}

/** What `--dry-run` says: what would be compared, and how much that is. */
export function renderAnalysis({ analysis, ...prepared }: FilesAnalysis): string {
  const { records, twins, rules, pairs, isEstimated, recall } = analysis;
  const table = renderTable(rules, [
    { head: "would bring together the same", cell: ({ rule }) => rule },
    { head: "pairs", cell: (row) => row.pairs },
    { head: "new", cell: ({ newPairs }) => Math.round(newPairs) },
    { head: "largest blocks", cell: ({ largestBlocks }) => largestBlocks.slice(0, 3).join(", ") },
    { head: "without a key", cell: ({ withoutKey }) => percent(withoutKey) },
    { head: "set aside", cell: ({ setAside }) => setAside.records },
  ]);
  const about = isEstimated ? ", estimated" : "";
  const facts = renderFacts([
    ["records", records],
    ["equal to another", twins],
    [`pairs to compare${about}`, Math.round(pairs)],
    ["share of sure pairs found", recall === undefined ? "nothing tells" : percent(recall)],
  ]);
  return [renderFields(prepared), table, facts, "a dry run: nothing was compared"].join("\n\n");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function renderFields({ model, ignored, setAside }: PreparedFiles): string {
  const compared = renderTable(model.fields, [
    { head: "compared", cell: ({ name }: ModelField) => name },
    { head: "as", cell: ({ kind }) => kind },
    { head: "from", cell: ({ columns }) => columns.join(", ") },
    {
      head: "set aside",
      cell: ({ name }) =>
        setAside
          .filter(({ field, count }) => field === name && count > 0)
          .map(({ reason, count }) => `${count.toLocaleString("en-US")} ${reason}`)
          .join(", "),
    },
  ]);
  const reasons = Map.groupBy(ignored, ({ reason }) => reason);
  const left = renderTable(
    [...reasons].map(([reason, columns]) => ({ reason, columns })),
    [
      {
        head: "not compared",
        cell: ({ columns }) => columns.map((each) => each.column).join(", "),
      },
      { head: "because", cell: ({ reason }) => reason },
    ],
  );
  return ignored.length === 0 ? compared : `${compared}\n\n${left}`;
}

/** So many rules are shown, those that brought most. */
const SHOWN_RULES = 12;

function renderRules({ found }: LinkedFiles): string {
  const most = found.rules.toSorted((a, b) => b.pairs - a.pairs);
  const rules = renderTable(most.slice(0, SHOWN_RULES), [
    { head: "brought together by the same", cell: ({ rule }) => rule },
    { head: "new pairs", cell: ({ pairs }) => pairs },
  ]);
  const others = most.slice(SHOWN_RULES);
  const more =
    others.length === 0
      ? []
      : [
          `and ${others.length} more rules: ${others.reduce((sum, { pairs }) => sum + pairs, 0).toLocaleString("en-US")} new pairs`,
        ];
  const skipped = found.rules.filter(({ setAside }) => setAside.blocks > 0);
  const notes = skipped.map(
    ({ rule, setAside }) =>
      `${setAside.records.toLocaleString("en-US")} records share a ${rule} with too many others to be compared by it`,
  );
  return [rules, ...more, ...notes].join("\n");
}

function renderFound(linked: LinkedFiles, { seconds, peakRssMb }: RunCost): string {
  const { count, largest } = groupSizes(linked.groups);
  const facts: (readonly [string, Cell])[] = [
    ["records", linked.input.rows],
    ["pairs compared", linked.scored.weight.length],
    ["linked from probability", shown(linkProbability(linked))],
    ["pairs linked", linkedPairs(linked)],
    ["clusters", count],
    ["largest cluster", largest],
    ["time", `${seconds.toFixed(1)} s, ${peakRssMb.toLocaleString("en-US")} MB at most`],
  ];
  if (linked.torn.length > 0) {
    facts.splice(-1, 0, ["fit two that contradict each other", linked.torn.length]);
  }
  const known = linked.model.training?.known;
  if (known !== undefined) {
    facts.splice(1, 0, ["pairs known", `${known.same} the same, ${known.different} different`]);
  }
  if (linked.found.twins > 0) {
    facts.splice(1, 0, ["equal to another", linked.found.twins]);
  }
  return renderFacts(facts);
}

function renderQuality(linked: LinkedFiles, quality: LinkQuality): string {
  const { labelled, truePairs, pairs, best, groups, blockingRecall } = quality;
  const rows = [
    { what: "pairs at the threshold", rates: pairs },
    { what: `pairs at the best threshold (${threshold(best)})`, rates: best },
    { what: "clusters, by pairs", rates: groups.pairs },
    { what: "clusters, B-cubed", rates: groups.bCubed },
  ];
  const table = renderTable(rows, [
    { head: "against the truth", cell: ({ what }) => what },
    { head: "precision", cell: ({ rates }) => rates.precision.toFixed(4) },
    { head: "recall", cell: ({ rates }) => rates.recall.toFixed(4) },
    { head: "F1", cell: ({ rates }) => rates.f1.toFixed(4) },
  ]);
  const silent = linked.input.rows - labelled;
  const about = [
    `${truePairs.toLocaleString("en-US")} true pairs, of which ${(100 * blockingRecall).toFixed(2)} % were compared; the others count as missed`,
  ];
  if (silent > 0) {
    about.push(
      `${silent.toLocaleString("en-US")} records without a truth are left out of the rates`,
    );
  }
  return `${table}\n${about.join("\n")}`;
}

function threshold({ weight }: PairRates): string {
  return Number.isFinite(weight) ? shown(probabilityOfWeight(weight)) : "none";
}

/** As many digits as tell it from 0 and 1. */
function shown(probability: number): string {
  return probability > 0.999
    ? `1 − ${(1 - probability).toPrecision(2)}`
    : probability.toPrecision(2);
}

function linkProbability({ model }: LinkedFiles): number {
  return model.thresholds?.link ?? 0.5;
}

function linkedPairs(linked: LinkedFiles): number {
  const least = weightOfProbability(linkProbability(linked));
  return linked.scored.weight.reduce((sum, weight) => sum + Number(weight >= least), 0);
}
