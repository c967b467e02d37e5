import { createHash } from "node:crypto";
import { ConflictError, InvalidInputError, must, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  definitionFromStored,
  readDefinitions,
  readYaml,
  type Definition,
} from "../../contracts/index.ts";
import { checkSegments } from "../check-segments.ts";
import { segmentSchema, type SegmentDefinition } from "../definition.ts";
import type { SegmentClient } from "../segments.ts";
import {
  copyDefinitions,
  insertDefinition,
  lockDefinitions,
  selectDefinitionVersions,
  type DefinitionVersion,
} from "../store/definitions.ts";

/**
 * Reads a segment's file.
 * @param fileName as issues name it
 * @throws InvalidInputError `segment-invalid` with every issue
 */
export function readSegmentFile(
  bytes: Uint8Array,
  fileName: string,
): { readonly file: Definition; readonly definition: SegmentDefinition } {
  const yaml = readYaml(bytes, fileName);
  if (!yaml.ok) {
    throw invalid(fileName, yaml.error);
  }
  const { value: body, locate } = yaml.value;
  const parsed = segmentSchema.safeParse(body);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => {
      const steps = path.filter((step) => typeof step !== "symbol");
      return { at: `${fileName}: ${steps.join(".")}`, message, ...locate(steps) };
    });
    throw invalid(fileName, issues);
  }
  const name = parsed.data.segment;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const file: Definition = { kind: "segment", name, file: fileName, body, sha256, locate };
  return { file, definition: parsed.data };
}

/** Who applies a definition, and when. */
export interface Application {
  readonly actor: string;
  readonly at: Date;
}

/** The version that stands after an application. */
export interface Applied {
  readonly segment: string;
  readonly version: number;
  /** Whether it is new: the same definition applied again changes nothing. */
  readonly changed: boolean;
}

/**
 * Puts one segment's definition in force, beside those of the client's folder. Its membership follows
 * when the client is settled. A folder that does not have it leaves it alone.
 * @throws InvalidInputError `segment-invalid` when it does not fit the contract, or segments name each
 *   other in a circle with it
 */
export async function applySegment(
  { db, scope, catalogue }: SegmentClient,
  file: Definition,
  { actor, at }: Application,
): Promise<Applied> {
  return await db.scoped(scope, async (tx) => {
    await lockDefinitions(tx);
    const issues = checkSegments([file, ...(await others(tx, file.name))], catalogue, [
      file,
      ...(await readDefinitions(tx, "score")).map(definitionFromStored),
    ]);
    if (issues.length > 0) {
      throw invalid(file.file, issues);
    }
    const [newest] = await selectDefinitionVersions(tx, file.name);
    if (newest !== undefined && newest.body !== null && newest.sha256 === file.sha256) {
      return { segment: file.name, version: newest.version, changed: false };
    }
    const version = (newest?.version ?? 0) + 1;
    const origin = newest === undefined || newest.body === null ? "own" : newest.origin;
    await insertDefinition(tx, { ...file, version, origin, at, actor });
    return { segment: file.name, version, changed: true };
  });
}

async function others(tx: Transaction, name: string): Promise<readonly Definition[]> {
  const stored = await readDefinitions(tx, "segment");
  return stored.filter((one) => one.name !== name).map(definitionFromStored);
}

/**
 * Puts the body of an earlier version in force, as a new version. Its membership follows when the
 * client is settled. The client's folder is not changed: applied again, it brings its own back.
 * @throws NotFoundError `segment-not-found` or `version-not-found`
 * @throws ConflictError `version-in-force` when that is what is in force
 * @throws InvalidInputError `segment-invalid` when the earlier version does not fit the contract
 */
export async function rollbackSegment(
  { db, scope, catalogue }: SegmentClient,
  { segment, version }: { readonly segment: string; readonly version?: number | undefined },
  { actor, at }: Application,
): Promise<Applied & { readonly from: number }> {
  return await db.scoped(scope, async (tx) => {
    await lockDefinitions(tx);
    const versions = await selectDefinitionVersions(tx, segment);
    const earlier = earlierVersion(versions, { segment, version });
    const file = definitionFromStored({ ...earlier, kind: "segment", name: segment });
    const issues = checkSegments([file, ...(await others(tx, segment))], catalogue, [
      file,
      ...(await readDefinitions(tx, "score")).map(definitionFromStored),
    ]);
    if (issues.length > 0) {
      throw invalid(`version ${earlier.version} of ${segment}`, issues);
    }
    const to = must(versions[0], "checked").version + 1;
    await copyDefinitions(tx, [{ name: segment, from: earlier.version, to }], { at, actor });
    return { segment, version: to, changed: true, from: earlier.version };
  });
}

/** The version asked for, or the newest one whose text is not that of the version in force. */
function earlierVersion(
  versions: readonly DefinitionVersion[],
  { segment, version }: { readonly segment: string; readonly version?: number | undefined },
): DefinitionVersion {
  const [newest, ...before] = versions;
  if (newest === undefined) {
    throw new NotFoundError("segment-not-found", `there is no segment ${JSON.stringify(segment)}`);
  }
  const isOther = ({ body, sha256 }: DefinitionVersion): boolean =>
    body !== null && (newest.body === null || sha256 !== newest.sha256);
  const wanted =
    version === undefined
      ? before.find(isOther)
      : versions.find((one) => one.version === version && one.body !== null);
  if (wanted === undefined) {
    const which = version === undefined ? "no earlier version" : `no version ${version}`;
    throw new NotFoundError("version-not-found", `segment ${segment} has ${which} to go back to`, {
      hint: `waybill segment versions lists them`,
    });
  }
  if (!isOther(wanted)) {
    const message = `version ${wanted.version} of ${segment} says what is in force`;
    throw new ConflictError("version-in-force", message);
  }
  return wanted;
}

function invalid(where: string, issues: InvalidInputError["issues"]): InvalidInputError {
  const count = issues.length === 1 ? "one issue" : `${issues.length} issues`;
  return new InvalidInputError("segment-invalid", `${where} has ${count}`, issues);
}
