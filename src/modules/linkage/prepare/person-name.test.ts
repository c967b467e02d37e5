import { describe, expect, test } from "vitest";
import { canonicalNames, ownNames } from "./diminutives.ts";
import { readFamilyName, readFullName, readGivenName } from "./person-name.ts";

describe("given names", () => {
  test("titles go, and parts are written together", () => {
    expect(readGivenName("Dr. Anne-Marie")).toEqual({
      text: "annemarie",
      tokens: ["anne", "marie"],
      initial: "a",
      sound: "an",
      nick: ["ann"],
      own: ["ann"],
      suffix: null,
    });
  });

  test("a title alone is kept, for somebody may be called so", () => {
    expect(readGivenName("Dean")?.text).toBe("dean");
    expect(readGivenName("Prof")?.text).toBe("prof");
  });

  test.each(["unknown", "N/A", "-", "???", "xxx", "Test", "Unbekannt", "", "😀"])(
    "%j is no name",
    (value) => {
      expect(readGivenName(value)).toBeUndefined();
    },
  );

  test.each(["Nan", "Na", "Blank", "Nil"])("%s is a name", (value) => {
    expect(readGivenName(value)).toBeDefined();
  });
});

describe("a generation after a given name", () => {
  test.each([
    ["Morris I", "morris", "i"],
    ["Morris II", "morris", "ii"],
    ["John Jr.", "john", "jr"],
  ])("%s is %s of generation %s", (value, text, suffix) => {
    expect(readGivenName(value)).toMatchObject({ text, suffix });
  });

  test("an I alone is an initial", () => {
    expect(readGivenName("I.")).toMatchObject({ text: "i", suffix: null });
  });
});

describe("nicknames", () => {
  test.each([
    ["bob", "robert"],
    ["bill", "william"],
    ["peggy", "margaret"],
    ["liz", "elizabeth"],
    ["kathy", "catherine"],
    ["jack", "john"],
    ["chuck", "charles"],
    ["dick", "richard"],
    ["hans", "johannes"],
    ["sepp", "josef"],
    ["fritz", "friedrich"],
    ["uschi", "ursula"],
    ["pepe", "jose"],
    ["paco", "francisco"],
    ["lupe", "guadalupe"],
    ["beppe", "giuseppe"],
    ["gianni", "giovanni"],
    ["kasia", "katarzyna"],
    ["gosia", "malgorzata"],
    ["tomek", "tomasz"],
    ["sasha", "aleksandr"],
    ["vanya", "ivan"],
    ["misha", "mikhail"],
    ["alex", "alexander"],
    ["alex", "alexandra"],
  ])("%s may be %s", (short, full) => {
    const possible = new Set(canonicalNames(full));

    expect(canonicalNames(short)?.filter((name) => possible.has(name))).not.toEqual([]);
  });

  test.each([
    ["robert", "william"],
    ["alexander", "alexandra"],
    ["mary", "john"],
  ])("%s is never %s", (one, other) => {
    const possible = new Set(canonicalNames(other));

    expect(canonicalNames(one)?.filter((name) => possible.has(name))).toEqual([]);
  });
});

describe("a given name that may be short for another is itself", () => {
  test.each([
    ["anna", ["ann"]],
    ["annabelle", ["annabelle"]],
    ["bob", undefined],
    ["alex", undefined],
    ["leah", ["leah"]],
    ["zebulina", undefined],
  ])("%s: %j", (name, own) => {
    expect(ownNames(name)).toEqual(own);
  });

  test("only what it may also be short for", () => {
    for (const name of ["anna", "claire", "maria", "christian"]) {
      expect(canonicalNames(name)).toEqual(expect.arrayContaining([...(ownNames(name) ?? [])]));
    }
  });
});

describe("family names", () => {
  test("the generation is a part of its own", () => {
    expect(readFamilyName("Smith, Jr.")).toMatchObject({ text: "smith", suffix: "jr" });
    expect(readFamilyName("Smith Senior")).toMatchObject({ text: "smith", suffix: "sr" });
    expect(readFamilyName("Smith III MD")).toMatchObject({ text: "smith", suffix: "iii" });
  });

  test("prefixes belong to the name, parted or not", () => {
    expect(readFamilyName("De Luca")?.text).toBe("deluca");
    expect(readFamilyName("DeLuca")?.text).toBe("deluca");
  });

  test("spellings that sound alike have one sound", () => {
    const sounds = ["Meyer", "Meier", "Maier"].map((name) => readFamilyName(name)?.sound);

    expect(new Set(sounds).size).toBe(1);
  });
});

describe("full names", () => {
  test.each([
    ["Dr. Thomas A. Clifford", "thomas", "clifford"],
    ["Clifford, Thomas", "thomas", "clifford"],
    ["Garcia Lopez, Maria", "maria", "lopez"],
    ["Ludwig van Beethoven", "ludwig", "vanbeethoven"],
    ["Thomas of Chudleigh", "thomas", "chudleigh"],
    ["Thomas Clifford, 1st Baron Clifford of Chudleigh", "thomas", "clifford"],
    ["Tom 1st Baron Clifford", "tom", "clifford"],
    ["Robert Smith Sr", "robert", "smith"],
    ["王杰", "jie", "wang"],
    ["张秀英", "xiuying", "zhang"],
    ["欧阳娜娜", "nana", "ouyang"],
    ["김철수", "cheolsu", "gim"],
  ])("%s: given %s, family %s", (value, given, family) => {
    const name = readFullName(value);

    expect(name?.first?.text).toBe(given);
    expect(name?.last.text).toBe(family);
  });

  test("a rank after a comma is no given name", () => {
    expect(readFullName("Clifford, Baron")).toMatchObject({
      text: "clifford baron",
      first: null,
      last: { text: "clifford" },
    });
  });

  test("a single word is a family name", () => {
    expect(readFullName("Pelé")).toMatchObject({ first: null, last: { text: "pele" } });
  });

  test("tokens are what tells people apart: no titles, initials or joining words", () => {
    expect(readFullName("Sir Thomas C. Clifford, 1st Baron Clifford of Chudleigh")?.tokens).toEqual(
      ["1st", "baron", "chudleigh", "clifford", "thomas"],
    );
  });
});
