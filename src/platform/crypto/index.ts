/** What needs randomness or a secret on disk. Signing itself is pure and lies where documents are signed. */
export { openKeyFile, openSecretFile, readSecretFile } from "./key-file.ts";
export { openToken, type Token, type TokenOptions } from "./pkcs11/index.ts";
export { randomId } from "./random-id.ts";
export { scramVerifier } from "./scram.ts";
