/** The client's own model: `models/DATASET.yaml`, named after the dataset whose records it compares. */
import { InvalidInputError, type Issue, suggestion } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  type Catalogue,
  type Definition,
  definitionIssue,
  findDataset,
  findField,
  type Path,
  readDefinitions,
} from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";
import { type Model, parseModel, preparedColumns } from "../../linkage/index.ts";

/** Everything that is wrong with the models among `files`; other kinds are passed over. */
export function checkModels(files: readonly Definition[], catalogue: Catalogue): Issue[] {
  return files
    .filter(({ kind }) => kind === "model")
    .flatMap((file) => checkModel(file, catalogue));
}

function checkModel(file: Definition, catalogue: Catalogue): Issue[] {
  const dataset = findDataset(catalogue, file.name);
  if (dataset === undefined || dataset.kind === "event") {
    const names = catalogue.datasets.filter(({ kind }) => kind !== "event").map(({ name }) => name);
    return [
      definitionIssue(file, ["model"], {
        message: `the contract has no customers or accounts called ${JSON.stringify(file.name)}`,
        hint: suggestion(file.name, names),
      }),
    ];
  }
  try {
    const model = modelFrom(file);
    return columnIssues(file, model, dataset);
  } catch (error) {
    if (error instanceof InvalidInputError) {
      const { message, hint } = error;
      const issues = error.issues.length > 0 ? error.issues : [{ at: file.file, message, hint }];
      return issues.map(({ at, message, hint }) =>
        definitionIssue(file, pathIn(at), { message, hint }),
      );
    }
    throw error;
  }
}

/** A model file as it is kept: the model, and the name of the dataset beside it. */
function modelFrom({ name, body }: { readonly name: string; readonly body: unknown }): Model {
  const { model: _, ...content } = body as Readonly<Record<string, unknown>>;
  return parseModel(JSON.stringify(content), `models/${name}.yaml`, preparedColumns);
}

function columnIssues(file: Definition, { fields }: Model, dataset: EntityDataset): Issue[] {
  const known = dataset.fields.map(({ name }) => name);
  return fields.flatMap(({ kind, columns }, index) => {
    const unknown = columns.filter((column) => !known.includes(column));
    const isSealed = columns.some((column) => findField(dataset, column)?.sealed === true);
    const isApart = columns.some((column) => findField(dataset, column)?.equality === "subject");
    const hint = "give it the kind sealed, or category, which compare whether two are the same";
    return [
      ...unknown.map((column) =>
        definitionIssue(file, ["fields", index, "columns"], {
          message: `${dataset.name} has no field ${JSON.stringify(column)}`,
          hint: suggestion(column, known),
        }),
      ),
      ...(isApart
        ? [
            definitionIssue(file, ["fields", index, "columns"], {
              message: `values of the field look equal for one person only in ${dataset.name}: no two records agree`,
              hint: "leave it out",
            }),
          ]
        : []),
      ...(isSealed && kind !== "sealed" && kind !== "category"
        ? [
            definitionIssue(file, ["fields", index, "kind"], {
              message: `the field is sealed in ${dataset.name}, so that it cannot be read as a ${kind}`,
              hint,
            }),
          ]
        : []),
    ];
  });
}

/** The path in `FILE: a[0].b`, as issues of model files name their places. */
function pathIn(at: string): Path {
  const spelled = at.split(": ")[1] ?? "";
  return [...spelled.matchAll(/(?<key>[^.[\]]+)/gu)].map(({ 0: step }) =>
    /^\d+$/u.test(step) ? Number(step) : step,
  );
}

/** A model of the client's folder, with what it is known by. */
export interface ModelFile {
  readonly model: Model;
  readonly sha256: Buffer;
}

/** The client's model of a dataset, as it was last applied; undefined where there is none. */
export async function readModelFile(
  tx: Transaction,
  dataset: EntityDataset,
): Promise<ModelFile | undefined> {
  const stored = await readDefinitions(tx, "model");
  const own = stored.find(({ name }) => name === dataset.name);
  return own && { model: modelFrom(own), sha256: Buffer.from(own.sha256, "hex") };
}
