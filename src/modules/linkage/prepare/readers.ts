import type { FieldKind, ModelField } from "../model/model.ts";
import { readCompanyName } from "./company-name.ts";
import { COORDINATE_JOINT, readCoordinates } from "./coordinates.ts";
import { countryOf } from "./country.ts";
import { datesOf } from "./date-writing.ts";
import { readDate } from "./date.ts";
import { readEmail } from "./email.ts";
import { asciiLower, cut, folded, wordsOf } from "./folding.ts";
import { readIdentifier } from "./identifier.ts";
import { readFamilyName, readFullName, readGivenName } from "./person-name.ts";
import { soundOf } from "./phonetic.ts";
import { phoneReader } from "./phone.ts";
import { isPlaceholderCode } from "./placeholder.ts";
import { readPostalCode } from "./postal-code.ts";
import type { Part, Reader, ReadParts } from "./reader.ts";
import { readHouseNumber, readStreetAddress } from "./street-address.ts";

/** How the values of a field become prepared values. */
export function readerOf(field: ModelField): Reader {
  switch (field.kind) {
    case "phone":
      return phone(field.country);
    case "date":
      return date(field);
    case "postal-code":
      return postalCode(field.country);
    default:
      return readers[field.kind];
  }
}

type FixedKind = Exclude<FieldKind, "phone" | "date" | "postal-code">;

const text = (name = ""): Part => ({ name, type: "text" });
const list = (name: string): Part => ({ name, type: "list" });

/** Lists that hold nothing are missing, as everything that holds nothing. */
function unlessEmpty(items: readonly string[]): readonly string[] | null {
  return items.length === 0 ? null : items;
}

const givenName: Reader = {
  parts: [
    text(),
    text("initial"),
    text("sound"),
    list("nick"),
    list("own"),
    text("suffix"),
    list("tokens"),
  ],
  isRepetitive: true,
  read(value) {
    const name = readGivenName(value);
    if (name === undefined) {
      return "placeholder-word";
    }
    const { text, initial, sound, nick, own, suffix, tokens } = name;
    return [text, initial, sound, nick, own, suffix, unlessEmpty(tokens)];
  },
};

const familyName: Reader = {
  parts: [text(), text("initial"), text("sound"), text("suffix"), list("tokens")],
  isRepetitive: true,
  read(value) {
    const name = readFamilyName(value);
    return name === undefined
      ? "placeholder-word"
      : [name.text, name.initial, name.sound, name.suffix, unlessEmpty(name.tokens)];
  },
};

const fullName: Reader = {
  parts: [
    text(),
    text("given"),
    text("given_initial"),
    text("given_sound"),
    list("given_nick"),
    list("given_own"),
    text("family"),
    text("family_sound"),
    text("suffix"),
    list("tokens"),
  ],
  isRepetitive: true,
  read(value) {
    const name = readFullName(value);
    if (name === undefined) {
      return "placeholder-word";
    }
    const { first, last } = name;
    return [
      name.text,
      first?.text ?? null,
      first?.initial ?? null,
      first?.sound ?? null,
      first?.nick ?? null,
      first?.own ?? null,
      last.text,
      last.sound,
      last.suffix,
      unlessEmpty(name.tokens),
    ];
  },
};

const companyName: Reader = {
  parts: [text(), list("tokens"), text("first"), text("sound"), text("sorted")],
  isRepetitive: true,
  read(value) {
    const name = readCompanyName(value);
    return name === undefined
      ? "placeholder-word"
      : [name.text, name.tokens, name.first, soundOf(name.text), name.tokens.join(" ")];
  },
};

function date(field: ModelField): Reader {
  const { order, placeholderDays } = datesOf(field);
  const placeholders = new Set(placeholderDays);
  return {
    parts: [
      { name: "", type: "integer" },
      text("text"),
      { name: "year", type: "integer" },
      text("month_day"),
      text("month"),
      text("day"),
    ],
    isRepetitive: true,
    read(value) {
      const read = readDate(value, order, placeholders);
      if (typeof read === "string") {
        return read;
      }
      const { days, year, text: digits } = read;
      return digits === null
        ? [days, null, year, null, null, null]
        : [days, digits, year, digits.slice(4), digits.slice(4, 6), digits.slice(6)];
    },
  };
}

function phone(country: string | undefined): Reader {
  const read = phoneReader(country);
  return {
    parts: [text(), text("tail")],
    isRepetitive: false,
    read(value) {
      const number = read(value);
      return typeof number === "string" ? number : [number.text, number.tail];
    },
  };
}

const email: Reader = {
  parts: [text(), text("user"), text("domain")],
  isRepetitive: false,
  read(value) {
    const address = readEmail(value);
    return typeof address === "string" ? address : [address.text, address.user, address.domain];
  },
};

const streetAddress: Reader = {
  parts: [text(), list("tokens"), text("sorted"), text("number")],
  isRepetitive: false,
  joint: ", ",
  read(value) {
    const address = readStreetAddress(value);
    return address === undefined
      ? "placeholder-word"
      : [address.text, address.tokens, address.sorted, address.number];
  },
};

function postalCode(country: string | undefined): Reader {
  return {
    parts: [text(), text("area")],
    isRepetitive: true,
    read(value) {
      const code = readPostalCode(value, country);
      return typeof code === "string" ? code : [code.text, code.area];
    },
  };
}

const identifier: Reader = {
  parts: [text(), { name: "valid", type: "integer" }],
  isRepetitive: false,
  read(value) {
    const code = readIdentifier(value);
    if (typeof code === "string") {
      return code;
    }
    return [code.text, code.isValid === undefined ? null : Number(code.isValid)];
  },
};

const coordinates: Reader = {
  parts: [
    { name: "latitude", type: "number" },
    { name: "longitude", type: "number" },
  ],
  isRepetitive: false,
  joint: COORDINATE_JOINT,
  read(value) {
    const place = readCoordinates(value);
    return typeof place === "string" ? place : [place.latitude, place.longitude];
  },
};

const set: Reader = {
  parts: [list("")],
  isRepetitive: false,
  joint: ";",
  read(value) {
    const items = cut(value)
      .split(/[;,|]/)
      .map((item) => folded(item))
      .filter((item) => !isPlaceholderCode(item, item));
    return items.length === 0 ? "placeholder-word" : [[...new Set(items)].toSorted()];
  },
};

/** A reader of folded text; `read` gives the parts of what is no placeholder. */
function wordReader(parts: readonly Part[], read: (words: string) => ReadParts): Reader {
  return {
    parts,
    isRepetitive: true,
    read(value) {
      const ascii = asciiLower(value);
      const words = wordsOf(ascii);
      return isPlaceholderCode(ascii, words) ? "placeholder-word" : read(words);
    },
  };
}

const readers: Readonly<Record<FixedKind, Reader>> = {
  "given-name": givenName,
  "family-name": familyName,
  "full-name": fullName,
  "company-name": companyName,
  email,
  "street-address": streetAddress,
  "house-number": {
    parts: [text()],
    isRepetitive: true,
    read(value) {
      const number = readHouseNumber(value);
      return number === undefined ? "placeholder-word" : [number];
    },
  },
  place: wordReader([text(), text("sound")], (words) => {
    const place = words.replace(/^saint\b/, "st");
    return [place, soundOf(place)];
  }),
  country: wordReader([text()], (words) => [countryOf(words) ?? words]),
  identifier,
  sealed: { parts: [text()], isRepetitive: false, read: (mark) => [mark] },
  coordinates,
  set,
  category: wordReader([text()], (words) => [words]),
  text: wordReader([text()], (words) => [words]),
};
