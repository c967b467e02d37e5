import { RefusedError, type Issue } from "../../kernel/index.ts";
import type { Database } from "./door.ts";

/**
 * The first releases without the holes through which one role could act as another: CVE-2024-10976
 * and CVE-2024-10978, whose repair was itself repaired a week later
 * (https://www.postgresql.org/support/security/).
 */
const firstSafeMinor = new Map([
  [15, 10],
  [16, 6],
  [17, 2],
]);
const oldestMajor = 15;

/** What the boot check looks at. */
export interface ServerFacts {
  /** `server_version_num`, for example 180004. */
  readonly version: number;
  readonly role: string;
  readonly superuser: boolean;
  readonly bypassesRls: boolean;
  readonly createsRoles: boolean;
  readonly inherits: boolean;
}

/**
 * Refuses to run where the wall between clients would not hold.
 * @throws RefusedError with everything that is wrong and how to mend it
 */
export async function checkServer(db: Database): Promise<void> {
  const facts = await db.control(
    (tx) =>
      tx.row<ServerFacts>(
        `select current_setting('server_version_num')::int as version, rolname::text as role,
                rolsuper as superuser, rolbypassrls as "bypassesRls", rolcreaterole as "createsRoles",
                rolinherit as inherits
           from pg_roles where rolname = current_user`,
      ),
    { readOnly: true },
  );
  const issues = serverIssues(facts);
  if (issues.length > 0) {
    throw new RefusedError("database-unsafe", "this database cannot keep clients apart", issues);
  }
}

/** Everything that is wrong with a server and its login role. */
export function serverIssues(facts: ServerFacts): Issue[] {
  return [...versionIssues(facts.version), ...roleIssues(facts)];
}

function versionIssues(version: number): Issue[] {
  const major = Math.floor(version / 10_000);
  const minor = version % 10_000;
  const safe = firstSafeMinor.get(major) ?? 0;
  const at = "PostgreSQL server";
  if (major < oldestMajor) {
    return [
      {
        at,
        message: `version ${major} is too old`,
        hint: `use PostgreSQL ${oldestMajor} or newer`,
      },
    ];
  }
  return minor >= safe
    ? []
    : [
        {
          at,
          message: `version ${major}.${minor} lets one role act as another (CVE-2024-10978)`,
          hint: `update it to ${major}.${safe} or newer`,
        },
      ];
}

function roleIssues(facts: ServerFacts): Issue[] {
  const at = `login role ${facts.role}`;
  const issues: Issue[] = [];
  if (facts.superuser) {
    issues.push({
      at,
      message: "it is a superuser, for whom no wall stands",
      hint: "create role waybill login createrole noinherit, make it the database's owner and use it in DATABASE_URL",
    });
  }
  if (facts.bypassesRls) {
    issues.push({ at, message: "it bypasses row security", hint: "alter role … nobypassrls" });
  }
  if (!facts.createsRoles && !facts.superuser) {
    issues.push({
      at,
      message: "it cannot create the roles of clients",
      hint: "alter role … createrole",
    });
  }
  if (facts.inherits && facts.version < 160_000) {
    issues.push({
      at,
      message: "before version 16 it would inherit the rights of every client's roles",
      hint: "alter role … noinherit, or use PostgreSQL 16 or newer",
    });
  }
  return issues;
}
