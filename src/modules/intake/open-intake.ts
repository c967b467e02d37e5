/** Which source an input is of, and the input prepared by it. */
import { NotFoundError } from "../../kernel/index.ts";
import type { Catalogue, Dataset, StoredDefinition } from "../contracts/index.ts";
import {
  definePrepare,
  prepare,
  type Preparation,
  type StagingColumn,
  stagingColumns,
} from "./prepare.ts";
import type { Format } from "./reading/format.ts";
import { inspect } from "./reading/inspect.ts";
import { chooseSource, parseSource, type SourceDefinition } from "./source-definition.ts";

export interface IntakeInput {
  /** The source definitions in force. */
  readonly definitions: readonly StoredDefinition[];
  readonly dataset: Dataset;
  readonly catalogue: Catalogue;
  readonly input: AsyncIterable<Uint8Array>;
  /** The source by name; chosen by its columns when left out. */
  readonly source: string | undefined;
  /** How the rows lie in the input, when it is not the source's file but rows of one. */
  readonly format?: Format | undefined;
  readonly signal: AbortSignal;
}

export interface OpenedIntake {
  readonly source: SourceDefinition;
  readonly columns: readonly StagingColumn[];
  readonly preparation: Preparation;
}

/**
 * Opens an input for a dataset.
 * @throws NotFoundError when the named source does not exist
 * @throws InvalidInputError when no source can be told from the columns, or the source does not fit
 * the contract
 */
export async function openIntake(intake: IntakeInput): Promise<OpenedIntake> {
  const { dataset, catalogue, signal, format } = intake;
  const sources = intake.definitions
    .map((definition) => parseSource(definition.body, `sources/${definition.name}.yaml`))
    .filter((source) => source.dataset === dataset.name);
  const { source, input } = await decideSource(intake, sources);
  const reading = format === undefined ? source : readAs(source, format);
  const plan = definePrepare({ source: reading, dataset, catalogue });
  return {
    source: reading,
    columns: stagingColumns(dataset),
    preparation: prepare(input, plan, signal),
  };
}

/** Rows of a file bring no trailer and no totals of their own, and may all be refused again. */
function readAs(source: SourceDefinition, format: Format): SourceDefinition {
  const columns = format.columns === undefined ? source.format.columns : [...format.columns];
  return {
    ...source,
    format: { ...source.format, ...format, columns },
    control: { sums: source.control.sums },
    rejects: {},
  };
}

interface Decided {
  readonly source: SourceDefinition;
  readonly input: AsyncIterable<Uint8Array>;
}

async function decideSource(
  { source: name, input, dataset }: IntakeInput,
  sources: readonly SourceDefinition[],
): Promise<Decided> {
  if (name !== undefined) {
    return { source: namedSource(sources, name, dataset), input };
  }
  const [only] = sources;
  if (sources.length <= 1) {
    return { source: only ?? chooseSource([], dataset, []), input };
  }
  const inspected = await inspect(input, {});
  return { source: chooseSource(sources, dataset, inspected.columns), input: inspected.input };
}

function namedSource(
  sources: readonly SourceDefinition[],
  name: string,
  dataset: Dataset,
): SourceDefinition {
  const source = sources.find((each) => each.source === name);
  if (source === undefined) {
    const known = sources.map((each) => each.source).join(", ");
    throw new NotFoundError("source-not-found", `no source ${name} of dataset ${dataset.name}`, {
      hint: known === "" ? "the client has no source of this dataset" : `its sources are: ${known}`,
    });
  }
  return source;
}
