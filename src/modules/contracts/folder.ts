/** A client's folder on disk. Nothing in it is passed over: what is not known is reported. */
import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { InvalidInputError, NotFoundError, didYouMean } from "../../kernel/index.ts";
import type { Issue } from "../../kernel/index.ts";
import type { Catalogue } from "./catalogue.ts";
import { DEFINITION_KINDS } from "./definition.ts";
import type { Definition, DefinitionKind } from "./definition.ts";
import { MAX_FILE_BYTES, readPolicyText } from "./located-text.ts";
import { readYaml } from "./located-yaml.ts";
import type { LocatedDocument, ReadYaml } from "./located-yaml.ts";
import { showName } from "./names.ts";
import { parseContract } from "./parse-contract.ts";

export interface ClientFolder {
  readonly client: string;
  /** The contract file's bytes, as they were signed and are kept. */
  readonly contract: Uint8Array;
  readonly catalogue: Catalogue;
  /** By kind, then by name. */
  readonly definitions: readonly Definition[];
  /** What the client's policies are expected to decide: `policies/tests.yaml`, which is never applied. */
  readonly policyTests?: LocatedDocument | undefined;
}

const CONTRACT = "contract.yaml";
/** Beside the definitions; anything else is more likely a slip than meant. */
const PLAIN_FILES = ["README.md"];
/** Beside the policies. */
const POLICY_TESTS = "policies/tests.yaml";
const MAX_FILES = 5_000;
const DEFINITION_NAME = /^[a-z][a-z0-9-]{0,58}$/u;

/**
 * Reads a client's folder.
 * @throws NotFoundError `folder-missing`, `contract-missing` when there is none
 * @throws InvalidInputError `folder-invalid` with every issue in all of its files
 */
export async function readFolder(path: string): Promise<ClientFolder> {
  const root = await openRoot(path);
  const issues: Issue[] = [];
  const folder: Folder = { root, issues };
  const names = await listFolder(folder, ".");
  if (!names.includes(CONTRACT)) {
    throw new NotFoundError("contract-missing", `${path} has no ${CONTRACT}`, {
      hint:
        didYouMean(CONTRACT, names) ??
        "a client's folder begins with its contract: docs/definitions.md",
    });
  }
  for (const name of names) {
    await reportUnknown(folder, name);
  }
  const contract = await readBytes(folder, CONTRACT);
  const catalogue = contract === undefined ? undefined : readCatalogue(contract, issues);
  const definitions: Definition[] = [];
  for (const kind of DEFINITION_KINDS) {
    if (names.includes(folderOf(kind))) {
      definitions.push(...(await readKind(folder, kind)));
    }
  }
  const hasPolicies = names.includes(folderOf("policy"));
  const policyTests = hasPolicies ? await readPolicyTests(folder) : undefined;
  if (issues.length > 0 || contract === undefined || catalogue === undefined) {
    throw new InvalidInputError("folder-invalid", `${path} has ${countIssues(issues)}`, issues);
  }
  return { client: catalogue.client, contract, catalogue, definitions, policyTests };
}

/** The folder in which definitions of a kind lie: `segments`, `policies`. */
function folderOf(kind: DefinitionKind): string {
  return kind === "policy" ? "policies" : `${kind}s`;
}

/** "one issue", "3 issues". */
export function countIssues(issues: readonly Issue[]): string {
  return issues.length === 1 ? "one issue" : `${issues.length} issues`;
}

interface Folder {
  /** Without symbolic links. */
  readonly root: string;
  readonly issues: Issue[];
}

async function openRoot(path: string): Promise<string> {
  const root = await realpath(path).catch(() => undefined);
  const isFolder = root !== undefined && (await stat(root)).isDirectory();
  if (root !== undefined && isFolder) {
    return root;
  }
  const siblings = await readdir(dirname(resolve(path))).catch((): string[] => []);
  const own = basename(path);
  const near = didYouMean(
    own,
    siblings.filter((name) => name !== own),
  );
  const what = root === undefined ? "there is no folder" : "it is a file and no folder:";
  throw new NotFoundError("folder-missing", `${what} ${path}`, {
    hint: near ?? "name the folder that holds the client's contract.yaml",
  });
}

/** The names in a folder in the order of their letters, without hidden files. */
async function listFolder({ root, issues }: Folder, path: string): Promise<string[]> {
  const names = (await readdir(join(root, path))).filter((name) => !name.startsWith("."));
  if (names.length > MAX_FILES) {
    issues.push({ at: path, message: `the folder has more than ${MAX_FILES} files` });
    return [];
  }
  return names.toSorted();
}

async function reportUnknown(folder: Folder, name: string): Promise<void> {
  const folders = DEFINITION_KINDS.map(folderOf);
  const isFolder = await stat(join(folder.root, name)).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const known = isFolder ? folders : [CONTRACT, ...PLAIN_FILES];
  if (!known.includes(name)) {
    folder.issues.push({
      at: name,
      message: `${showName(name)} is no ${isFolder ? "folder" : "file"} of a client`,
      hint:
        didYouMean(name, known) ??
        `known here: ${[CONTRACT, ...folders.map((one) => `${one}/`)].join(", ")}`,
    });
  }
}

/** The bytes of a file that truly lies in the folder, or undefined with an issue. */
async function readBytes({ root, issues }: Folder, file: string): Promise<Uint8Array | undefined> {
  const report = (message: string, hint: string): undefined => {
    issues.push({ at: file, message, hint });
    return undefined;
  };
  const path = await realpath(join(root, file)).catch(() => undefined);
  if (path === undefined) {
    return report("the file cannot be read", "it is a link to nothing, or may not be read");
  }
  if (!path.startsWith(root + sep)) {
    return report(
      "the file is a link that leads out of the folder",
      "copy the file itself into the folder",
    );
  }
  const found = await stat(path);
  if (!found.isFile()) {
    return report("it is no regular file", "a definition is a file of YAML text");
  }
  if (found.size > MAX_FILE_BYTES) {
    return report(
      `the file has ${found.size} bytes; at most ${MAX_FILE_BYTES} are read`,
      "split it",
    );
  }
  return await readFile(path).catch(() =>
    report("the file cannot be read", "look at its permissions"),
  );
}

function readCatalogue(contract: Uint8Array, issues: Issue[]): Catalogue | undefined {
  try {
    return parseContract(contract, CONTRACT);
  } catch (error) {
    if (error instanceof InvalidInputError) {
      issues.push(...error.issues);
      return undefined;
    }
    throw error;
  }
}

async function readKind(folder: Folder, kind: DefinitionKind): Promise<Definition[]> {
  const path = folderOf(kind);
  const real = await realpath(join(folder.root, path));
  if (relative(folder.root, real) !== path) {
    const hint = "put the files themselves into the client's folder";
    folder.issues.push({ at: path, message: "the folder is a link", hint });
    return [];
  }
  const definitions: Definition[] = [];
  for (const name of await listFolder(folder, path)) {
    const file = `${path}/${name}`;
    const definition = file === POLICY_TESTS ? undefined : await readDefinition(folder, kind, file);
    if (definition !== undefined) {
      definitions.push(definition);
    }
  }
  return definitions;
}

async function readDefinition(
  folder: Folder,
  kind: DefinitionKind,
  file: string,
): Promise<Definition | undefined> {
  const { issues } = folder;
  const ending = kind === "policy" ? ".cedar" : ".yaml";
  const name = basename(file, ending);
  if (!file.endsWith(ending)) {
    issues.push({
      at: file,
      message:
        kind === "policy"
          ? "policies are files of Cedar text that end in .cedar"
          : "definitions are files that end in .yaml",
      hint: "rename it or move it out",
    });
    return undefined;
  }
  const bytes = await readBytes(folder, file);
  const read = bytes === undefined ? undefined : readBody(kind, bytes, file);
  if (bytes === undefined || read === undefined || !read.ok) {
    issues.push(...(read?.ok === false ? read.error : []));
    return undefined;
  }
  const { value: body, locate } = read.value;
  const problem = nameProblem(kind, name, body);
  if (problem !== undefined) {
    issues.push({ at: `${file}: ${kind}`, ...problem, ...locate([kind]) });
    return undefined;
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { kind, name, file, body, sha256, locate };
}

function readBody(kind: DefinitionKind, bytes: Uint8Array, file: string): ReadYaml {
  return kind === "policy" ? readPolicyText(bytes, file) : readYaml(bytes, file);
}

function nameProblem(
  kind: DefinitionKind,
  name: string,
  body: unknown,
): Pick<Issue, "message" | "hint"> | undefined {
  const own = nameIn(body, kind);
  if (own === undefined) {
    return { message: `a ${kind} file says its name first`, hint: `${kind}: ${name}` };
  }
  if (own !== name) {
    return {
      message: `the ${kind} calls itself ${showName(own)}, and its file ${showName(name)}`,
      hint: "make the two the same",
    };
  }
  const hint =
    "lower-case letters, digits and hyphens, beginning with a letter, at most 59 characters";
  return DEFINITION_NAME.test(own)
    ? undefined
    : { message: `${showName(own)} cannot be a name`, hint };
}

function nameIn(body: unknown, kind: DefinitionKind): string | undefined {
  const name: unknown =
    typeof body === "object" && body !== null && kind in body ? Reflect.get(body, kind) : undefined;
  return typeof name === "string" ? name : undefined;
}

async function readPolicyTests(folder: Folder): Promise<LocatedDocument | undefined> {
  const isThere = (await readdir(join(folder.root, dirname(POLICY_TESTS)))).includes(
    basename(POLICY_TESTS),
  );
  const bytes = isThere ? await readBytes(folder, POLICY_TESTS) : undefined;
  const yaml = bytes === undefined ? undefined : readYaml(bytes, POLICY_TESTS);
  if (yaml?.ok === false) {
    folder.issues.push(...yaml.error);
  }
  return yaml?.ok === true ? yaml.value : undefined;
}
