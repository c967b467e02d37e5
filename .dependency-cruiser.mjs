/**
 * Who may import whom. Each floor stands only on those below it; parts side by side on a floor do not
 * know each other; whoever wants something from above talks through the change log. Every rule here has
 * a planted violation in tests/architecture/boundaries.test.ts that must turn it red.
 */

/** Lowest first: the parts of each floor, as folders of src/. */
const floors = [
  ["kernel"],
  ["protocol"],
  ["platform"],
  ["modules/ledger", "modules/linkage", "modules/protection"],
  ["modules/contracts"],
  ["modules/criteria"],
  ["modules/policy"],
  ["modules/customers"],
  ["modules/intake", "modules/resolution", "modules/segments"],
  ["modules/distribution"],
  ["modules/rights", "modules/access", "modules/assurance"],
  ["entry"],
];

const testFile = "\\.test\\.ts$";

/** @param {string} part */
function nameOf(part) {
  return part.replace("modules/", "");
}

/**
 * One rule for each part below the top: neither upwards nor to its neighbours.
 * @type {import("dependency-cruiser").IForbiddenRuleType[]}
 */
const floorRules = floors.slice(0, -1).flatMap((parts, level) =>
  parts.map((part) => {
    const others = floors
      .slice(level)
      .flat()
      .filter((other) => other !== part);
    return {
      name: `${nameOf(part)}-imports-only-lower-floors`,
      comment: `src/${part} stands below or beside what it imports here. Let the upper part call it, or talk through the change log.`,
      severity: "error",
      from: { path: `^src/${part}/`, pathNot: testFile },
      to: { path: `^src/(${others.join("|")})/` },
    };
  }),
);

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const otherRules = [
  {
    name: "kernel-imports-nothing",
    comment: "The kernel is pure: no package, not even a module of Node.",
    severity: "error",
    from: { path: "^src/kernel/", pathNot: testFile },
    to: { pathNot: "^src/kernel/" },
  },
  {
    name: "protocol-imports-kernel-and-zod-only",
    comment: "The browser takes the protocol whole.",
    severity: "error",
    from: { path: "^src/protocol/", pathNot: testFile },
    to: { pathNot: ["^src/(protocol|kernel)/", "node_modules/zod/"] },
  },
  {
    name: "every-folder-belongs-to-a-floor",
    comment:
      "Give the new part its floor in .dependency-cruiser.mjs; until then no rule guards it.",
    severity: "error",
    from: {},
    to: { path: "^src/", pathNot: `^src/(${floors.flat().join("|")})/` },
  },
  {
    name: "only-through-the-door",
    comment: "Import the other part's index.ts; if that lacks what you need, ask for it there.",
    severity: "error",
    from: { path: "^src/((?:modules/|platform/)?[^/]+)/", pathNot: testFile },
    to: {
      path: "^src/(modules|platform)/[^/]+/",
      pathNot: [
        "^src/$1/",
        "^src/(modules|platform)/[^/]+/index\\.ts$",
        // For threads, which would load what reads databases with the first door.
        "^src/modules/ledger/trees\\.ts$",
      ],
    },
  },
  {
    name: "domain-is-pure",
    comment: "A domain/ folder decides and does no I/O: it knows kernel, protocol and itself.",
    severity: "error",
    from: { path: "^src/modules/([^/]+)/domain/", pathNot: testFile },
    to: { pathNot: ["^src/modules/$1/domain/", "^src/(kernel|protocol)/"] },
  },
  {
    name: "no-cycles",
    comment: "Files that need each other are one file, or need a third below both.",
    severity: "error",
    from: {},
    // A recursive type may span files: `import type` is gone when the program runs.
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
  {
    name: "product-never-imports-tests",
    comment: "What the product needs does not live in a test.",
    severity: "error",
    from: { path: "^src/", pathNot: testFile },
    to: { path: ["^(tests|bench|tools|scripts)/", testFile] },
  },
  {
    name: "product-never-imports-dev-packages",
    comment: "A package that runs in production belongs to `dependencies`.",
    severity: "error",
    from: { path: "^src/", pathNot: testFile },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "type-only"] },
  },
  {
    name: "everything-resolves",
    comment: "The import leads nowhere, or to a package that package.json does not name.",
    severity: "error",
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: "every-package-is-declared",
    comment: "The package is here by another's grace; name it in package.json.",
    severity: "error",
    from: {},
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
  },
];

export default {
  forbidden: [...floorRules, ...otherRules],
  options: {
    doNotFollow: { path: "node_modules" },
    // Type imports count: a wall that types may cross is a wall between nothing.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    // Without these, packages with an `exports` field stay unresolved and the rules on packages stay silent.
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
      extensions: [".ts", ".mjs", ".js", ".json", ".d.ts"],
    },
  },
};
