import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identityFrom, identityText, isRunning, ownIdentity } from "./process-identity.ts";

/**
 * Who uses the database of a data folder: one small file each, named at random, that holds the
 * process's identity. Synchronous throughout, since the last user may have to leave in an exit hook.
 */
export class Users {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, "users");
  }

  /** Enters this process. Returns the ticket to leave with. */
  enter(): string {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const ticket = randomUUID();
    writeFileSync(join(this.#folder, ticket), identityText(ownIdentity()), { mode: 0o600 });
    return ticket;
  }

  /** Takes a user out, and those whose process is gone. Returns whether nobody is left. */
  leave(ticket: string): boolean {
    rmSync(join(this.#folder, ticket), { force: true });
    return this.isEmpty();
  }

  /** Whether nobody uses the database; users whose process is gone are forgotten. */
  isEmpty(): boolean {
    if (!existsSync(this.#folder)) {
      return true;
    }
    const files = readdirSync(this.#folder).map((name) => join(this.#folder, name));
    const gone = files.filter((file) => !isPresent(file));
    for (const file of gone) {
      rmSync(file, { force: true });
    }
    return gone.length === files.length;
  }
}

function isPresent(file: string): boolean {
  try {
    const identity = identityFrom(readFileSync(file, "utf8"));
    return identity !== undefined && isRunning(identity);
  } catch {
    return false;
  }
}
