import { InvalidInputError, type Issue } from "../../kernel/index.ts";
import {
  definitionIssue,
  findDataset,
  type Catalogue,
  type Definition,
} from "../contracts/index.ts";
import { checkCriteria } from "../criteria/index.ts";
import { segmentSchema, type SegmentDefinition } from "./definition.ts";
import { SegmentBook } from "./segment-book.ts";

interface ReadFile {
  readonly file: Definition;
  readonly definition: SegmentDefinition;
}

/** What criteria may name beside the contract. */
interface Names {
  /** Segments with their subjects. */
  readonly segments: ReadonlyMap<string, string | undefined>;
  readonly scores: readonly string[];
}

/**
 * Everything wrong with the segments among `files`; other kinds are passed over.
 * @param all the definitions that segments may name
 */
export function checkSegments(
  files: readonly Definition[],
  catalogue: Catalogue,
  all: readonly Definition[] = files,
): Issue[] {
  const issues: Issue[] = [];
  const read: ReadFile[] = [];
  for (const file of files.filter(({ kind }) => kind === "segment")) {
    const parsed = segmentSchema.safeParse(file.body);
    if (parsed.success) {
      read.push({ file, definition: parsed.data });
    } else {
      issues.push(
        ...parsed.error.issues.map(({ path, message }) =>
          definitionIssue(
            file,
            path.filter((step) => typeof step !== "symbol"),
            { message: message.charAt(0).toLowerCase() + message.slice(1) },
          ),
        ),
      );
    }
  }
  const names: Names = {
    segments: new Map(read.map(({ definition }) => [definition.segment, definition.subject])),
    scores: all.filter(({ kind }) => kind === "score").map(({ name }) => name),
  };
  const meaning = read.flatMap((one) => meaningIssues(one, catalogue, names));
  const circles = meaning.length === 0 ? circleIssues(read, catalogue) : [];
  return [...issues, ...meaning, ...circles];
}

function meaningIssues(
  { file, definition }: ReadFile,
  catalogue: Catalogue,
  names: Names,
): Issue[] {
  const issues: Issue[] = [];
  if (definition.segment !== file.name) {
    const message = `the segment is called ${definition.segment} and its file ${file.name}; they must be the same`;
    issues.push(definitionIssue(file, ["segment"], { message }));
  }
  if (!catalogue.purposes.includes(definition.purpose)) {
    const message = `the contract has no purpose ${JSON.stringify(definition.purpose)}`;
    const hint = `there are ${catalogue.purposes.join(", ")}`;
    issues.push(definitionIssue(file, ["purpose"], { message, hint }));
  }
  const { subject } = definition;
  if (subject !== undefined && findDataset(catalogue, subject) === undefined) {
    const message = `the contract has no dataset ${JSON.stringify(subject)}`;
    const hint = `there are ${catalogue.datasets.map(({ name }) => name).join(", ")}`;
    return [...issues, definitionIssue(file, ["subject"], { message, hint })];
  }
  const wrong = checkCriteria(definition.criteria, catalogue, { ...names, subject });
  return [
    ...issues,
    ...wrong.map(({ message, hint, offset }) =>
      definitionIssue(file, ["criteria"], {
        message: `${message} (at character ${offset + 1})`,
        hint,
      }),
    ),
  ];
}

/** Asked only when every segment can be read, so that what is found is a circle or too deep. */
function circleIssues(read: readonly ReadFile[], catalogue: Catalogue): Issue[] {
  const book = new SegmentBook(
    catalogue,
    read.map(({ definition }) => definition),
  );
  return read.flatMap(({ file, definition }) => {
    try {
      book.checkUse(definition.segment);
      return [];
    } catch (error) {
      if (error instanceof InvalidInputError) {
        return [definitionIssue(file, ["criteria"], { message: error.message })];
      }
      throw error;
    }
  });
}
