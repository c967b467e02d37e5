/**
 * Names that become tables and columns. A bad name is answered with what is bad about it and, where
 * one follows, with the name to write instead; characters that only look right are called by name.
 */

/** What is wrong with a name, and how to mend it. */
export interface NameProblem {
  readonly message: string;
  readonly hint: string;
}

interface NameRule {
  readonly longest: number;
  readonly reserved: ReadonlySet<string>;
  readonly reservedWhy: string;
  readonly doubleUnderscore: boolean;
}

/** PostgreSQL has these columns in every table (https://www.postgresql.org/docs/current/ddl-system-columns.html). */
const SYSTEM_COLUMNS = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
/** CEL cannot select fields of these names (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax). */
const CEL_KEYWORDS = ["true", "false", "null", "in"];
const CEL_RESERVED =
  "as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  );
/** What criteria call other things by. */
const CRITERIA_WORDS = ["account", "customer", "now", "row", "segment", "segments"];

/** A field name is at most 59 characters, so that names made from it stay readable in 63 bytes. */
const FIELD: NameRule = {
  longest: 59,
  reserved: new Set([...SYSTEM_COLUMNS, ...CEL_KEYWORDS]),
  reservedWhy: "is a word of the database or of criteria",
  doubleUnderscore: true,
};

/** A dataset's source records lie in `NAME__records`, hence no `__` in it. */
const DATASET: NameRule = {
  longest: 40,
  reserved: new Set([...CEL_KEYWORDS, ...CEL_RESERVED, ...CRITERIA_WORDS]),
  reservedWhy: "is a word that criteria use for something else",
  doubleUnderscore: false,
};

/** What is wrong with the name of a dataset, or undefined. */
export function datasetNameProblem(name: string): NameProblem | undefined {
  return nameProblem(name, DATASET);
}

/** What is wrong with the name of a field, or undefined. */
export function fieldNameProblem(name: string): NameProblem | undefined {
  return nameProblem(name, FIELD);
}

function nameProblem(name: string, rule: NameRule): NameProblem | undefined {
  const shown = showName(name);
  if (rule.reserved.has(name)) {
    return {
      message: `${shown} ${rule.reservedWhy}`,
      hint: `write another, such as "${name}_value"`,
    };
  }
  const problem = spellingProblem(name, rule);
  if (problem === undefined) {
    return undefined;
  }
  const better = suggestion(name, rule);
  const hint = `letters a–z, digits and _, beginning with a letter, at most ${rule.longest} characters`;
  return {
    message: `${shown} cannot be a name: ${problem}`,
    hint: better === undefined ? hint : `write "${better}" (${hint})`,
  };
}

function spellingProblem(name: string, rule: NameRule): string | undefined {
  if (name === "") {
    return "it is empty";
  }
  if (name.startsWith("_")) {
    return "names that begin with _ are Waybill's own";
  }
  for (const character of name.slice(0, 200)) {
    if (!/[a-z0-9_]/u.test(character)) {
      return characterProblem(character);
    }
  }
  if (/^\d/u.test(name)) {
    return "it begins with a digit";
  }
  if (name.length > rule.longest) {
    return `it has ${name.length} characters`;
  }
  return !rule.doubleUnderscore && name.includes("__")
    ? "two _ in a row are Waybill's own"
    : undefined;
}

/** Says what a character is that no name may have. */
export function characterProblem(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const twin = latinTwin(character);
  const script = SCRIPTS.find(([, pattern]) => pattern.test(character))?.[0];
  if (/^[A-Z]$/u.test(character)) {
    return `"${character}" is a capital letter`;
  }
  if (twin !== undefined) {
    return `"${character}" looks like Latin "${twin}" but is ${script ?? "another character"} (${code})`;
  }
  if (/[\p{C}\p{Z}\p{M}]/u.test(character) && character !== " ") {
    return `it holds an invisible or combining character (${code})`;
  }
  return script === undefined
    ? `${JSON.stringify(character)} (${code}) may not stand in it`
    : `"${character}" is ${script} (${code})`;
}

const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ["Cyrillic", /\p{Script=Cyrillic}/u],
  ["Greek", /\p{Script=Greek}/u],
  ["Armenian", /\p{Script=Armenian}/u],
  ["Cherokee", /\p{Script=Cherokee}/u],
  ["full-width", /[\uFF01-\uFF5E]/u],
  ["a mathematical letter", /[\u{1D400}-\u{1D7FF}]/u],
];

/** Letters that look like a Latin one in most typefaces, from the Unicode confusables (UTS #39). */
const TWINS: ReadonlyMap<string, string> = new Map(
  [
    ["аеорсухѕіјԁԛԝһӏѵгпкмтвАВЕКМНОРСТХ", "aeopcyxsijdqwhlvrnkmtbABEKMHOPCTX"],
    ["οανιρυκχτεη", "oavipukxten"],
    ["օսոհցզ", "ounhgq"],
    ["ıɡɑⅼ", "igal"],
  ].flatMap(([twins = "", latin = ""]) =>
    Array.from(twins, (twin, index): [string, string] => [twin, latin.charAt(index)]),
  ),
);

function latinTwin(character: string): string | undefined {
  const compatible = character.normalize("NFKC");
  const isForm = compatible !== character && /^[A-Za-z0-9_]$/u.test(compatible);
  return TWINS.get(character) ?? (isForm ? compatible : undefined);
}

function suggestion(name: string, rule: NameRule): string | undefined {
  const latin = Array.from(name.slice(0, 200), (character) => latinTwin(character) ?? character);
  const better = latin
    .join("")
    .replaceAll("ß", "ss")
    .replace(/([a-z0-9])([A-Z])/gu, "$1_$2")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, "_")
    .replace(/^[_\d]+|_+$/gu, "");
  const isBetter = better !== "" && better !== name && better.length <= rule.longest;
  return isBetter && !rule.reserved.has(better) ? better : undefined;
}

/** A name as a message shows it: quoted, its control characters escaped, cut where it is too long. */
export function showName(name: string): string {
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return JSON.stringify(shown).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
