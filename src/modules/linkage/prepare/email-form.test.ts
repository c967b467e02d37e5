import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emailForm } from "./email-form.ts";
import { openPreparation, preparedColumns } from "./preparation.ts";

describe("the form of an e-mail address", () => {
  const owner = { given: "michael", family: "davis" };

  test.each([
    ["michael.davis@mail.com", "G.F@mail.com"],
    ["m.davis84@mail.com", "I.F84@mail.com"],
    ["davis_m@mail.com", "F_I@mail.com"],
    ["mdavis@mail.com", "IF@mail.com"],
    ["michael@davis.net", "G@F.net"],
    ["michaeld@mail.com", "GJ@mail.com"],
  ])("of %s is %s", (address, form) => {
    expect(emailForm(address, owner)).toBe(form);
  });

  test.each(["bluebird@mail.com", "michael.smith@mail.com", "84@mail.com", "md@mail.com", "davis"])(
    "%s is not made from the name",
    (address) => {
      expect(emailForm(address, owner)).toBeNull();
    },
  );

  test("is the same whoever the owner is", () => {
    const name = fc.stringMatching(/^[a-e]{4,8}$/);
    fc.assert(
      fc.property(name, fc.stringMatching(/^[v-z]{4,8}$/), (given, family) => {
        expect(emailForm(`${given}.${family}7@mail.org`, { given, family })).toBe("G.F7@mail.org");
      }),
    );
  });
});

test("records say how their addresses are made from their names, where they have any", () => {
  const email = { name: "mail", kind: "email", columns: ["Mail"] } as const;
  const name = { name: "who", kind: "full-name", columns: ["Who"] } as const;
  const record = { Who: "Dr. Michael Davis", Mail: "Davis.M@mail.com" };

  const preparation = openPreparation([email, name]);

  expect(preparation.prepareRecord(record)["mail__form"]).toBe("F.I@mail.com");
  expect(preparation.prepareRecord({ ...record, Who: null })["mail__form"]).toBeNull();
  expect(
    preparation.prepareRecord({ ...record, Mail: "noreply@mail.com" })["mail__form"],
  ).toBeNull();
  expect(preparedColumns([email]).map((column) => column.name)).not.toContain("mail__form");
});
