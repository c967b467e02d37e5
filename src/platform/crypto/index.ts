/** What needs randomness or a secret on disk. Signing itself is pure and lies where documents are signed. */
export { openKeyFile, openSecretFile, readSecretFile } from "./key-file.ts";
export { randomId } from "./random-id.ts";
