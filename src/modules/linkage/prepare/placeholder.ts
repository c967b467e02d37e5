/**
 * Words that stand for "nothing", as people and programs write them: lower case ASCII, each compared as
 * written and once folded to words. Not in it: what is also a common name (Blank, Sample, Foo, Nan).
 */
const placeholderWords: ReadonlySet<string> = new Set(
  [
    "unknown, not known, unbekannt, inconnu, inconnue, desconocido, desconocida, sconosciuto, onbekend, nieznany",
    "n/a, n.a., n. a., #n/a, n/v, k.a., k. a., none, null, (null), undefined, missing, empty, not available",
    "not applicable, not provided, not given, not specified, not stated, unspecified, no data, no name, noname",
    "no value, no email, no e-mail, no phone, no address, ohne angabe, keine angabe, keine angaben, keine",
    "nicht bekannt, nicht angegeben, aucun, aucune, neant, non renseigne, ninguno, ninguna, sin datos, sin nombre",
    "no consta, nessuno, geen, brak, test, tester, testing, test test, testuser, test user, dummy, example",
    "tbd, tba, tbc, to be determined, to be confirmed, to be advised, asdf, asdfgh, qwerty, qwertz, foo bar",
    "foobar, fnu, lnu, firstname, lastname, first name, last name, vorname, nachname, anonymous, anonym",
    "deleted, removed, redacted, withheld, do not use",
  ].flatMap((line) => line.split(", ")),
);

/** These are names of people too, so that only fields that hold no names take them for nothing. */
const placeholderCodes: ReadonlySet<string> = new Set(["na", "nil", "nan", "blank", "void", "-1"]);

/** One letter, four times or more, or twice where it is an x. */
const repeated = /^(?:([a-z])\1{3,}|x{2,})$/;

/**
 * Whether a text is a word that stands for nothing, or has no letter and no digit.
 * @param ascii the text in lower case ASCII, trimmed
 * @param words the same, folded to words
 */
export function isPlaceholderWord(ascii: string, words: string): boolean {
  return (
    words === "" ||
    placeholderWords.has(ascii) ||
    placeholderWords.has(words) ||
    repeated.test(words)
  );
}

/** {@link isPlaceholderWord} for fields that hold no names. */
export function isPlaceholderCode(ascii: string, words: string): boolean {
  return isPlaceholderWord(ascii, words) || placeholderCodes.has(ascii);
}

/** Whether a code (no separators) is what is typed to get past a form: 0, 0000, 1111, 1234567, 987654. */
export function isPlaceholderNumber(code: string): boolean {
  if (/^(.)\1*$/.test(code)) {
    return code.length >= 4 || code.startsWith("0");
  }
  return code.length >= 5 && (ascending.includes(code) || descending.includes(code));
}

const ascending = "01234567890123456789";
const descending = "98765432109876543210";
