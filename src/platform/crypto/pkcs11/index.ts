/** The way to a token. What speaks to libraries of C is loaded only where there is one. */
import { UnavailableError } from "../../../kernel/index.ts";
import type { Token, TokenOptions } from "./token.ts";

export type { Token, TokenOptions } from "./token.ts";

/** @throws UnavailableError `pkcs11-system` on a system for which no native part was installed */
export async function openToken(options: TokenOptions): Promise<Token> {
  const opened = await import("./token.ts").catch(() => undefined);
  if (opened === undefined) {
    throw new UnavailableError("pkcs11-system", "koffi has no native part for this system", {
      hint: "install the optional packages as well: npm ci without --omit=optional",
    });
  }
  return new opened.Token(options);
}
