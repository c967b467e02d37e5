import { asciiLower } from "./folding.ts";
import { isPlaceholderCode } from "./placeholder.ts";
import type { SetAsideReason } from "./reader.ts";

export interface Email {
  readonly text: string;
  /** The person's part without dots and what follows a plus; null for the mailbox of an office. */
  readonly user: string | null;
  readonly domain: string | null;
}

/**
 * Reads an e-mail address, also out of `Name <address>` and `mailto:`. One that lacks its `@` is kept as
 * it is, for it can still be compared.
 */
export function readEmail(value: string): Email | SetAsideReason {
  const ascii = asciiLower(value);
  const text = addressIn(ascii);
  if (isPlaceholderCode(ascii, ascii.replace(/[^a-z0-9]+/g, " ").trim())) {
    return "placeholder-word";
  }
  const at = text.lastIndexOf("@");
  if (at < 0) {
    return text.length < SHORTEST ? "unreadable" : { text, user: null, domain: null };
  }
  const user = text.slice(0, at).replace(/\+.*$/, "").replaceAll(".", "");
  const domain = text.slice(at + 1);
  if (isNobody(user, domain)) {
    return "placeholder-email";
  }
  return {
    text,
    user: user === "" || offices.has(user) ? null : user,
    domain: domain === "" ? null : domain,
  };
}

const SHORTEST = 5;

function addressIn(ascii: string): string {
  const bracketed = ascii.includes("<") ? /<([^<>]+)>/.exec(ascii)?.[1] : undefined;
  return (bracketed ?? ascii).replace(/^mailto:|\s+/g, "");
}

function isNobody(user: string, domain: string): boolean {
  return (
    nobody.has(user.replace(/[_-]/g, "")) ||
    /^(?:x{2,}|(.)\1{3,})$/.test(user) ||
    nowhere.test(domain)
  );
}

const nobody: ReadonlySet<string> = new Set(
  `test tester testing testuser noreply donotreply dontreply unknown none noemail nomail noone nobody null na
  example sample dummy fake anonymous asdf asdfgh qwerty qwertz keine keineemail unbekannt invalid notavailable
  notprovided nothing abc user username name email mail`.split(/\s+/),
);

/**
 * Domains that say that there is no address. Those that RFC 2606 reserves for examples are not among
 * them: generated and pseudonymised files are full of them, and tell people apart by what is before the @.
 */
const nowhere =
  /(?:^|\.)(?:invalid|localhost|test\.(?:com|de|test)|none\.com|noemail\.com|nomail\.com|null|x\.x|xxx?\.xxx?)$/;

/** Mailboxes that many people of a firm read: alike in different firms. */
const offices: ReadonlySet<string> = new Set(
  `info office contact kontakt contacto admin administrator sales support service hello mail post webmaster
  billing accounts accounting invoice rechnung buchhaltung verwaltung sekretariat reception team hr jobs
  marketing press presse help enquiries inquiries`.split(/\s+/),
);
