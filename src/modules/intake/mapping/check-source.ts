/** What a source definition means in the light of the contract: everything that can be wrong before a file comes. */
import type { Issue } from "../../../kernel/index.ts";
import { definitionIssue, findDataset, findField } from "../../contracts/index.ts";
import type { Catalogue, Dataset, Definition, Field } from "../../contracts/index.ts";
import { Zone } from "../normalise/zone.ts";
import { formatColumns, namedColumns, readSource } from "../source-definition.ts";
import type {
  ColumnMapping,
  FieldMapping,
  SourceDefinition,
  SourceProblem,
} from "../source-definition.ts";
import { compileDatePattern } from "./date-pattern.ts";
import { compileConstant } from "./convert.ts";
import { compileExpression } from "./expression.ts";
import { suggestion } from "../../../kernel/index.ts";

/** Everything wrong with the sources of a client. Sources of one name are one source, whatever the file. */
export function checkSources(definitions: readonly Definition[], catalogue: Catalogue): Issue[] {
  const seen = new Set<string>();
  return definitions.flatMap((definition) => {
    const read = readSource(definition.body);
    if ("problems" in read) {
      return read.problems.map((problem) => issueOf(definition, problem));
    }
    const problems = checkSource(read.source, catalogue);
    if (seen.has(read.source.source)) {
      problems.push({
        path: ["source"],
        message: `another file already defines the source ${read.source.source}`,
      });
    }
    seen.add(read.source.source);
    return problems.map((problem) => issueOf(definition, problem));
  });
}

function issueOf(definition: Definition, problem: SourceProblem): Issue {
  const { path, message, offset, hint } = problem;
  return definitionIssue(definition, path, {
    message: offset === undefined ? message : `${message} (at character ${offset + 1})`,
    hint,
  });
}

/** Everything wrong with one definition of good form. */
export function checkSource(source: SourceDefinition, catalogue: Catalogue): SourceProblem[] {
  const dataset = findDataset(catalogue, source.dataset);
  if (dataset === undefined) {
    const names = catalogue.datasets.map((candidate) => candidate.name);
    return [
      {
        path: ["dataset"],
        message: `the contract has no dataset "${source.dataset}"`,
        hint: suggestion(source.dataset, names),
      },
    ];
  }
  return [
    ...checkFormat(source),
    ...checkStatedAt(source),
    ...checkFields(source, dataset, catalogue),
    ...checkIgnored(source),
    ...checkControl(source, dataset),
  ];
}

function checkFormat(source: SourceDefinition): SourceProblem[] {
  const { kind, columns, header, delimiter } = source.format;
  const problems: SourceProblem[] = [];
  const hasPlaces = columns?.every((column) => typeof column !== "string") ?? false;
  if (kind === "fixed-width" && !hasPlaces) {
    problems.push({
      path: ["format", "columns"],
      message: "fixed-width text needs the name, start and length of each column",
    });
  }
  if (kind !== "fixed-width" && columns?.some((column) => typeof column !== "string") === true) {
    problems.push({
      path: ["format", "columns"],
      message: "start and length mean something in fixed-width text only",
    });
  }
  if (header === false && columns === undefined) {
    problems.push({
      path: ["format", "header"],
      message: "without a header the columns must be named",
      hint: "list them under format.columns",
    });
  }
  if (delimiter !== undefined && kind !== undefined && kind !== "delimited") {
    problems.push({ path: ["format", "delimiter"], message: `${kind} has no delimiter` });
  }
  const names = formatColumns(source) ?? [];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    problems.push({ path: ["format", "columns"], message: `the column "${twice}" is named twice` });
  }
  return problems;
}

function checkStatedAt({ statedAt }: SourceDefinition): SourceProblem[] {
  if (statedAt?.date === undefined) {
    return [];
  }
  const pattern = compileDatePattern(statedAt.date, statedAt.pivot);
  return pattern.ok ? [] : [{ path: ["statedAt", "date"], message: pattern.error }];
}

function checkFields(
  source: SourceDefinition,
  dataset: Dataset,
  catalogue: Catalogue,
): SourceProblem[] {
  const known = formatColumns(source);
  return Object.entries(source.fields).flatMap(([name, mapping]) => {
    const path = ["fields", name];
    const field = findField(dataset, name);
    if (field === undefined) {
      const names = dataset.fields.map((candidate) => candidate.name);
      return [
        {
          path,
          message: `the dataset ${dataset.name} has no field "${name}"`,
          hint: suggestion(name, names),
        },
      ];
    }
    const problems = checkMapping(mapping, field, catalogue).map((problem) => ({
      ...problem,
      path: [...path, ...problem.path],
    }));
    if ("column" in mapping && known !== undefined && !known.includes(mapping.column)) {
      problems.push({
        path: [...path, "column"],
        message: `format.columns has no column "${mapping.column}"`,
        hint: suggestion(mapping.column, known),
      });
    }
    return problems;
  });
}

function checkMapping(mapping: FieldMapping, field: Field, catalogue: Catalogue): SourceProblem[] {
  if ("cel" in mapping) {
    const compiled = compileExpression(mapping.cel);
    return compiled.ok
      ? []
      : [{ path: ["cel"], message: compiled.error.message, offset: compiled.error.at }];
  }
  if ("constant" in mapping) {
    const place = { zone: new Zone(catalogue.timeZone), country: catalogue.defaultCountry };
    const outcome = compileConstant(mapping.constant, field, place);
    return outcome.ok ? [] : [{ path: ["constant"], message: `the constant ${outcome.error}` }];
  }
  return checkColumnMapping(mapping, field);
}

function checkColumnMapping(mapping: ColumnMapping, field: Field): SourceProblem[] {
  const { kind } = field.type;
  const isTime = kind === "date" || kind === "timestamp";
  const isNumber = kind === "integer" || kind === "decimal";
  const problems: SourceProblem[] = [];
  if (mapping.date !== undefined) {
    const pattern = compileDatePattern(mapping.date, mapping.pivot);
    if (!pattern.ok) {
      problems.push({ path: ["date"], message: pattern.error });
    } else if (!isTime) {
      problems.push({
        path: ["date"],
        message: `a date pattern cannot fill a field of type ${kind}`,
      });
    }
  }
  if ((mapping.decimal !== undefined || mapping.thousands !== undefined) && !isNumber) {
    problems.push({
      path: ["decimal"],
      message: `number marks mean nothing for a field of type ${kind}`,
    });
  }
  if ((mapping.decimal ?? ".") === mapping.thousands) {
    problems.push({
      path: ["thousands"],
      message: "the decimal mark and the thousands mark are the same",
    });
  }
  if (mapping.take !== undefined && mapping.split === undefined) {
    problems.push({ path: ["take"], message: "take needs a split to take from" });
  }
  if (mapping.split !== undefined && mapping.take === undefined && kind !== "text-list") {
    problems.push({
      path: ["split"],
      message: "split fills a list of texts; take one part to fill another field",
    });
  }
  return problems;
}

function checkIgnored(source: SourceDefinition): SourceProblem[] {
  const named = new Set(namedColumns(source));
  return source.ignore.flatMap((column, index) =>
    named.has(column)
      ? [{ path: ["ignore", index], message: `the column "${column}" is both mapped and ignored` }]
      : [],
  );
}

function checkControl(source: SourceDefinition, dataset: Dataset): SourceProblem[] {
  const { sums, trailer } = source.control;
  const summed = [
    ...sums.map((name, index) => ({ name, path: ["control", "sums", index] })),
    ...Object.keys(trailer?.sums ?? {}).map((name) => ({
      name,
      path: ["control", "trailer", "sums", name],
    })),
  ];
  return summed.flatMap(({ name, path }) => {
    const field = findField(dataset, name);
    if (field === undefined) {
      const names = dataset.fields.map((candidate) => candidate.name);
      return [
        {
          path,
          message: `the dataset ${dataset.name} has no field "${name}"`,
          hint: suggestion(name, names),
        },
      ];
    }
    if (field.sealed === true) {
      const hint = "the sum of a file of one row is its value; sum a field that is not sealed";
      return [{ path, message: `${name} is sealed, and sums are kept in clear`, hint }];
    }
    const isNumber = field.type.kind === "integer" || field.type.kind === "decimal";
    return isNumber ? [] : [{ path, message: `${name} is no number and cannot be summed` }];
  });
}
