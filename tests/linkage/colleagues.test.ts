/**
 * Colleagues share a company, an office's telephone and now and then a family name. All of that says of what
 * they are members; it does not make two of them one, least of all where nobody is twice in a file.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { generate } from "../../src/entry/generator/index.ts";
import { linkFiles } from "../../src/modules/linkage/index.ts";
import { DuckDb } from "../../src/platform/duckdb/index.ts";

const CONTACTS = 800;
const PATIENCE_MS = 60_000;

/** A contact as the generator writes it: the columns before and after its company's number and its telephone. */
interface Contact {
  readonly account: string;
  readonly name: readonly string[];
  readonly phone: string;
  readonly others: readonly string[];
}

/** The contacts of a hundred companies, none of whom is twice, and the names of the companies by number. */
let contacts: readonly Contact[] = [];
let companies: ReadonlyMap<string, string> = new Map();

beforeAll(async () => {
  const out = await mkdtemp(join(tmpdir(), "waybill-colleagues-"));
  await generate({ client: "freight", customers: CONTACTS, seed: 1, errors: { badRows: 0 }, out });
  contacts = (await rowsOf(join(out, "contacts.csv"))).map(
    ([_contact, account = "", given = "", family = "", email = "", phone = "", ...others]) => ({
      account,
      name: [given, family, email],
      phone,
      others,
    }),
  );
  const accounts = await rowsOf(join(out, "accounts.csv"));
  companies = new Map(accounts.map(([account = "", name = ""]) => [account, name]));
  await rm(out, { recursive: true });
}, PATIENCE_MS);

/** The rows without the header. */
async function rowsOf(path: string): Promise<readonly (readonly string[])[]> {
  const [, ...lines] = (await readFile(path, "utf8")).trimEnd().split(/\r?\n/);
  return lines.map((line) => line.split(","));
}

/** How many customers the contacts are, whose company is said in a column of some name. */
async function countCustomers(
  column: string,
  of: (contact: Contact) => { readonly company: string; readonly phone: string },
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-colleagues-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "contacts.csv");
  const header = `${column},given_name,family_name,email,phone,role,department,birth_date,newsletter`;
  const lines = contacts.map((contact) => {
    const { company, phone } = of(contact);
    return [company, ...contact.name, phone, ...contact.others].join(",");
  });
  await writeFile(file, `${[header, ...lines].join("\n")}\n`);
  await using duck = await DuckDb.open();
  const { groups } = await linkFiles(duck, { files: [file], seed: 1 });
  return new Set(groups).size;
}

/** The telephone of the first of each company. */
function officePhones(): ReadonlyMap<string, string> {
  return new Map(contacts.toReversed().map(({ account, phone }) => [account, phone]));
}

describe("contacts none of whom is twice stay as many", () => {
  test(
    "where colleagues have an account number and the telephone of their office in common",
    async () => {
      const phones = officePhones();

      const customers = await countCustomers("account_id", ({ account }) => ({
        company: account,
        phone: phones.get(account) ?? "",
      }));

      expect(customers).toBe(CONTACTS);
    },
    PATIENCE_MS,
  );

  test(
    "where colleagues have the name of their company and the telephone of their office in common",
    async () => {
      const phones = officePhones();

      const customers = await countCustomers("company", ({ account }) => ({
        company: companies.get(account) ?? "",
        phone: phones.get(account) ?? "",
      }));

      expect(customers).toBe(CONTACTS);
    },
    PATIENCE_MS,
  );
});
