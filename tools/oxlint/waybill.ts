/**
 * The house rules that no general linter knows. Where each applies is said in .oxlintrc.json; here stands
 * only how a violation is recognised.
 */

interface Node {
  readonly type: string;
}

interface Identifier extends Node {
  readonly name: string;
}

interface Text extends Node {
  /** A string for string literals, anything else for the others; `{cooked}` for parts of templates. */
  readonly value: unknown;
}

interface MemberExpression extends Node {
  readonly object: Node;
  readonly property: Node;
  readonly computed: boolean;
}

interface CallExpression extends Node {
  readonly callee: Node;
  readonly arguments: readonly Node[];
}

interface VariableDeclarator extends Node {
  readonly id: Node;
  readonly init: Node | null;
}

interface RuleContext {
  report(finding: { readonly node: Node; readonly message: string }): void;
}

/** What to do at each kind of node. */
type Visitors = Readonly<Record<string, (node: never) => void>>;

interface Rule {
  create(context: RuleContext): Visitors;
}

/**
 * `select *`, `select t.*` and `select distinct *`, but neither `count(*)` nor DuckDB's look into a file
 * whose columns are the question.
 */
const selectStar = /\bselect\s+(?:distinct\s+)?(?:"?\w+"?\.)?\*(?!\s+from\s+read_\w+\()/iu;

/**
 * The beginnings of SQL statements, after comments and blanks. More than one word, so that prose is not
 * taken for SQL.
 */
const statementStart = new RegExp(
  `^(?:\\s|--[^\\n]*\\n)*(?:${[
    "select\\s(?:[^]*\\sfrom\\s|\\d|[\\w.]+\\()",
    "with\\s+(?:recursive\\s+)?\\w+(?:\\s*\\([^)]*\\))?\\s+as\\s+(?:(?:not\\s+)?materialized\\s+)?\\(",
    "insert\\s+into\\s",
    "update\\s+\\S+\\s+(?:as\\s+\\w+\\s+)?set\\s",
    "delete\\s+from\\s",
    "merge\\s+into\\s",
    "copy\\s+(?:\\(|\\S+\\s*(?:\\([^)]*\\)\\s*)?(?:from|to)\\s)",
    "truncate\\s+(?:table\\s)?",
    "(?:create|alter|drop)\\s+(?:or\\s+replace\\s+)?(?:unlogged\\s+|temp(?:orary)?\\s+|unique\\s+)?" +
      "(?:table|index|view|schema|role|database|sequence|type|function|extension|materialized)\\s",
    "(?:grant|revoke)\\s[^]*\\son\\s",
    "set\\s+local\\s",
    "declare\\s+\\S+\\s+(?:no\\s+scroll\\s+)?cursor\\s",
    "lock\\s+table\\s",
  ].join("|")})`,
  "iu",
);

/** Prose begins with one capital, statements with none or with capitals only. */
function isSql(text: string): boolean {
  return statementStart.test(text) && !/^\s*[A-Z][a-z]/u.test(text);
}

/** The text of a string literal or of a template's part; undefined for numbers and the like. */
function textOf(node: Text): string | undefined {
  if (typeof node.value === "string") {
    return node.value;
  }
  const isPart = typeof node.value === "object" && node.value !== null && "cooked" in node.value;
  return isPart && typeof node.value.cooked === "string" ? node.value.cooked : undefined;
}

function isNamed(node: Node, name: string): boolean {
  return node.type === "Identifier" && (node as Identifier).name === name;
}

function isMember(node: Node, objectName: string, propertyName: string): boolean {
  if (node.type !== "MemberExpression") {
    return false;
  }
  const { object, property, computed } = node as MemberExpression;
  const isProperty = computed
    ? (property as Text).value === propertyName
    : isNamed(property, propertyName);
  return isNamed(object, objectName) && isProperty;
}

/** A rule with one message, which says what to do instead. */
function rule(message: string, visitors: (report: (node: Node) => void) => Visitors): Rule {
  return { create: (context) => visitors((node) => context.report({ node, message })) };
}

/** A rule about texts: both quoted strings and the parts of templates. */
function textRule(message: string, isWrong: (text: string) => boolean): Rule {
  return rule(message, (report) => {
    const check = (node: Text): void => {
      const text = textOf(node);
      if (text !== undefined && isWrong(text)) {
        report(node);
      }
    };
    return { Literal: check, TemplateElement: check };
  });
}

const noSelectStar = textRule(
  "List the columns: a `select *` changes its shape with the next migration.",
  (text) => selectStar.test(text),
);

const noSqlOutsideStore = textRule(
  "SQL stands in the module's store/ folder; move the statement there and call it by a name.",
  isSql,
);

const noClockOutsidePlatform = rule(
  "Take a Clock or a seed: what reads the clock or rolls dice cannot be tested twice.",
  (report) => {
    const checkCall = (node: CallExpression): void => {
      if (isNamed(node.callee, "Date") && node.arguments.length === 0) {
        report(node);
      }
    };
    return {
      NewExpression: checkCall,
      CallExpression: checkCall,
      MemberExpression(node: Node): void {
        if (isMember(node, "Date", "now") || isMember(node, "Math", "random")) {
          report(node);
        }
      },
    };
  },
);

const noEnvOutsideConfig = rule(
  "Only src/platform/config.ts reads the environment; take the setting from it.",
  (report) => ({
    MemberExpression(node: Node): void {
      if (isMember(node, "process", "env")) {
        report(node);
      }
    },
    VariableDeclarator(node: VariableDeclarator): void {
      if (node.id.type === "ObjectPattern" && node.init !== null && isNamed(node.init, "process")) {
        report(node);
      }
    },
  }),
);

/** The plugin as oxlint loads it, which takes the default export. */
export default {
  meta: { name: "waybill" },
  rules: {
    "no-select-star": noSelectStar,
    "no-sql-outside-store": noSqlOutsideStore,
    "no-clock-outside-platform": noClockOutsidePlatform,
    "no-env-outside-config": noEnvOutsideConfig,
  },
};
