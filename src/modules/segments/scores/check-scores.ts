import type { Issue } from "../../../kernel/index.ts";
import { definitionIssue, type Catalogue, type Definition } from "../../contracts/index.ts";
import {
  checkCriteria,
  checkNumber,
  dependencies,
  dependenciesOfValue,
  parseCriteria,
  parseNumber,
  type CriteriaIssue,
  type Dependencies,
} from "../../criteria/index.ts";
import { scoreSchema, type ScoreDefinition } from "./definition.ts";

/** Everything wrong with the scores among `files`; other kinds are passed over. */
export function checkScores(files: readonly Definition[], catalogue: Catalogue): Issue[] {
  return files
    .filter(({ kind }) => kind === "score")
    .flatMap((file) => {
      const parsed = scoreSchema.safeParse(file.body);
      return parsed.success
        ? [...nameIssues(file, parsed.data), ...meaningIssues(file, parsed.data, catalogue)]
        : parsed.error.issues.map(({ path, message }) =>
            definitionIssue(
              file,
              path.filter((step) => typeof step !== "symbol"),
              { message: message.charAt(0).toLowerCase() + message.slice(1) },
            ),
          );
    });
}

function nameIssues(file: Definition, { score }: ScoreDefinition): Issue[] {
  const message = `the score is called ${score} and its file ${file.name}; they must be the same`;
  return score === file.name ? [] : [definitionIssue(file, ["score"], { message })];
}

function meaningIssues(
  file: Definition,
  { of, among }: ScoreDefinition,
  catalogue: Catalogue,
): Issue[] {
  const wrongNumber = checkNumber(of, catalogue);
  const wrongCriteria = among === undefined ? [] : checkCriteria(among, catalogue);
  return [
    ...textIssues(file, "of", wrongNumber),
    ...textIssues(file, "among", wrongCriteria),
    ...(wrongNumber.length === 0 ? numberIssues(file, of, catalogue) : []),
    ...(wrongCriteria.length === 0 && among !== undefined
      ? namingIssues(file, "among", dependencies(parseCriteria(among, catalogue), { catalogue }))
      : []),
  ];
}

function textIssues(
  file: Definition,
  member: "of" | "among",
  issues: readonly CriteriaIssue[],
): Issue[] {
  return issues.map(({ message, hint, offset }) =>
    definitionIssue(file, [member], { message: `${message} (at character ${offset + 1})`, hint }),
  );
}

function numberIssues(file: Definition, of: string, catalogue: Catalogue): Issue[] {
  const needs = dependenciesOfValue(parseNumber(of, catalogue), { catalogue });
  const { customerFields, accountFields, events, scores } = needs;
  const isFixed = customerFields.length + accountFields.length + events.size + scores.length === 0;
  const message = "the number is the same for every customer, so that nobody is before another";
  return isFixed
    ? [definitionIssue(file, ["of"], { message, hint: 'for example orders.sum("amount")' })]
    : namingIssues(file, "of", needs);
}

/** Segments name scores, so scores name neither: what is calculated daily cannot wait for what is live. */
function namingIssues(
  file: Definition,
  member: "of" | "among",
  { segments, scores }: Dependencies,
): Issue[] {
  const named = segments.length > 0 ? "segments" : scores.length > 0 ? "other scores" : undefined;
  const message = `a score cannot ask for ${named}`;
  const hint = "write the condition itself";
  return named === undefined ? [] : [definitionIssue(file, [member], { message, hint })];
}
