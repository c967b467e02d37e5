import { randomBytes } from "node:crypto";

const idBytes = 16;

/** 128 random bits as 32 hexadecimal digits: an id that nobody can guess and no two share. */
export function randomId(): string {
  return randomBytes(idBytes).toString("hex");
}
