/**
 * The freight client: companies, the people who act for them, what they ship, and what they ask and
 * complain about.
 */
import { isoDay, isoInstant, officeSecond, Season, SERVICE } from "./calendar.ts";
import { type Company, makeCompany, postOf } from "./company.ts";
import { LOCALES } from "./locales.ts";
import { makePerson } from "./person.ts";
import { Random, Weighted } from "./random.ts";
import { csvLayout, type FileLayout, type RowFile } from "./row-file.ts";
import type { Scenario, ScenarioOptions, Tally } from "./scenario.ts";

const CONTACTS = 42;
const SHIPMENTS = 43;
const TICKETS = 44;
const CALLS = 45;
const SPOILING = 46;
const CONSENTS = 47;

const HISTORY_DAYS = 730;
const SECONDS_PER_DAY = 86_400;

type FreightFile = "accounts" | "contacts" | "shipments" | "tickets" | "calls" | "consents";
type Files = Readonly<Record<FreightFile, RowFile>>;

const LAYOUTS: Readonly<Record<FreightFile, FileLayout>> = {
  accounts: csvLayout(
    "accounts.csv",
    "account_id,name,industry,employees,revenue,country,tier,contract_from,contract_until",
    { dates: [7], numbers: [3, 4] },
  ),
  contacts: csvLayout(
    "contacts.csv",
    "contact_id,account_id,given_name,family_name,email,phone,role,department,birth_date,newsletter",
    { dates: [8], numbers: [] },
  ),
  shipments: csvLayout(
    "shipments.csv",
    "shipment_id,contact_id,booked_at,promised_on,delivered_at,mode,to_country,weight_kg,price",
    { dates: [2, 3], numbers: [7, 8] },
  ),
  tickets: csvLayout(
    "tickets.csv",
    "ticket_id,contact_id,opened_at,first_response_at,closed_at,priority,topic,channel,satisfaction",
    { dates: [2], numbers: [] },
  ),
  calls: csvLayout(
    "calls.csv",
    "call_id,contact_id,started_at,duration_seconds,direction,outcome",
    { dates: [2], numbers: [3] },
  ),
  consents: csvLayout(
    "consents.csv",
    "record_source,record_key,purpose,channel,state,stated,source,expires,proof",
    { dates: [5], numbers: [] },
  ),
};

/** What readers of the newsletter agree to. */
const NEWSLETTER = "marketing.communications.email";

/** What people do for an account, in the order in which an account has them. */
const ROLES = [
  { role: "decides", departments: ["management", "purchasing", "logistics"] },
  { role: "books", departments: ["logistics", "purchasing"] },
  { role: "pays", departments: ["finance"] },
  { role: "receives", departments: ["warehouse", "logistics"] },
] as const;

/** How a shipment goes, with its usual days on the way and its price per kilogram. */
const MODES = new Weighted(
  [
    { mode: "road", share: 62, days: 3, perKilogram: 0.35 },
    { mode: "sea", share: 18, days: 32, perKilogram: 0.2 },
    { mode: "air", share: 12, days: 2, perKilogram: 3.1 },
    { mode: "rail", share: 8, days: 6, perKilogram: 0.28 },
  ],
  ({ share }) => share,
);
const PRIORITIES = new Weighted(["normal", "low", "high", "urgent"], (_, rank) => 4 - rank);
const TOPICS = new Weighted(
  ["delay", "invoice", "customs", "quote", "damage", "other"],
  (_, rank) => 6 - rank,
);
const CHANNELS = new Weighted(["email", "phone", "portal"], (_, rank) => 3 - rank);
const OUTCOMES = new Weighted(
  ["resolved", "transferred", "callback", "abandoned"],
  (_, rank) => 1 / (rank + 1),
);
const COUNTRIES = new Weighted(LOCALES, ({ share }) => share);

/** What the contract promises, in hours until the first answer; desks keep it mostly. */
const ANSWER_HOURS: Readonly<Record<Company["tier"], number>> = { gold: 1, silver: 4, bronze: 16 };

/** One ticket in ten is found again only after three weeks. */
const FORGOTTEN = 0.1;
const FORGOTTEN_HOURS = 21 * 24;

export function freightScenario(options: ScenarioOptions): Scenario<FreightFile> {
  const freight = new Freight(options);
  return {
    layouts: LAYOUTS,
    tally: freight.tally,
    passes: [(index, files) => freight.writeContact(index, files)],
  };
}

/** A contact as the events about it need it. */
interface Actor {
  readonly index: number;
  readonly contactId: string;
  readonly role: (typeof ROLES)[number]["role"];
  readonly company: Company;
}

class Freight {
  readonly tally: Tally = { duplicates: 0, mistakes: {} };
  readonly #options: ScenarioOptions;
  readonly #season: Season;

  constructor(options: ScenarioOptions) {
    this.#options = options;
    this.#season = new Season(options.untilDay - HISTORY_DAYS + 1, options.untilDay, SERVICE);
  }

  writeContact(index: number, files: Files): void {
    const { seed, untilDay, errors } = this.#options;
    const post = postOf(seed, index);
    const company = makeCompany(seed, post.company, untilDay);
    const spoiling = new Random(seed, SPOILING, index);
    if (post.rank === 0) {
      files.accounts.rowOrSpoiled(accountColumns(company), errors.badRows, spoiling);
    }
    const random = new Random(seed, CONTACTS, index);
    const job = post.rank < ROLES.length ? ROLES[post.rank] : random.pick(ROLES);
    const { role, departments } = job ?? ROLES[1];
    const person = makePerson(seed, index);
    const actor = { index, contactId: `K-${index + 1}`, role, company };
    const email = random.chance(0.95) ? person.email : "";
    const phone = person.phone;
    const department = random.pick<string>(departments);
    const birthDate = random.chance(0.4) ? isoDay(person.birthDay) : "";
    const wantsNewsletter = random.chance(0.55);
    const row = [
      actor.contactId,
      company.accountId,
      person.givenName,
      person.familyName,
      email,
      phone,
      role,
      department,
      birthDate,
      wantsNewsletter ? "yes" : "no",
    ];
    files.contacts.rowOrSpoiled(row, errors.badRows, spoiling);
    this.#writeShipments(actor, files.shipments);
    this.#writeTickets(actor, files.tickets);
    this.#writeCalls(actor, files.calls);
    if (wantsNewsletter) {
      this.#writeConsents(actor, files.consents);
    }
  }

  /** Most who want the newsletter have agreed to it; some for a year, and some want no more of anything. */
  #writeConsents({ index, contactId, company }: Actor, file: RowFile): void {
    const { seed } = this.#options;
    const random = new Random(seed, CONSENTS, index);
    if (random.chance(0.08)) {
      return;
    }
    const day = this.#season.pick(random, company.contractFrom);
    const state = (said: readonly string[]): void => file.row(["crm", contactId, ...said]);
    const expires = random.chance(0.1) ? isoDay(day + 365) : "";
    const proof = `form ${index + 1}`;
    state([NEWSLETTER, "email", "granted", isoDay(day), "web form", expires, proof]);
    if (random.chance(0.07)) {
      const later = this.#season.pick(random, day);
      state(["marketing", "any", "withdrawn", isoDay(later), "call", "", `recording ${index + 1}`]);
    }
  }

  #writeShipments({ index, contactId, role, company }: Actor, file: RowFile): void {
    const { seed, errors } = this.#options;
    const random = new Random(seed, SHIPMENTS, index);
    const mean = (role === "books" ? 20 : role === "decides" ? 4 : 0.5) * sizeFactor(company);
    for (const [number, day] of this.#days(random, { mean, size: 0.7, company }).entries()) {
      const second = officeSecond(random);
      const { mode, days, perKilogram } = MODES.pick(random);
      const kilograms = random.logNormal(6.2, 1.1);
      const promised = Math.ceil(days * (1 + 0.3 * random.unit()));
      const late = random.chance(0.12) ? random.gamma(1.5) * 2 : -0.1 * promised * random.unit();
      const delivered = this.#instant(
        day,
        second + Math.floor((promised + late) * SECONDS_PER_DAY),
      );
      const row = [
        `S-${index + 1}-${number + 1}`,
        contactId,
        isoInstant(day, second),
        isoDay(day + promised),
        delivered,
        mode,
        COUNTRIES.pick(random).country,
        kilograms.toFixed(1),
        (45 + kilograms * perKilogram * random.logNormal(0, 0.2)).toFixed(2),
      ];
      file.rowOrSpoiled(row, errors.badRows, random);
    }
  }

  #writeTickets({ index, contactId, role, company }: Actor, file: RowFile): void {
    const { seed, errors } = this.#options;
    const random = new Random(seed, TICKETS, index);
    const mean = (role === "books" ? 6 : 2.5) * sizeFactor(company);
    for (const [number, day] of this.#days(random, { mean, size: 0.6, company }).entries()) {
      const second = officeSecond(random);
      const wait = ANSWER_HOURS[company.tier] * random.logNormal(-0.7, 0.9);
      const answerHours = random.chance(FORGOTTEN) ? wait + FORGOTTEN_HOURS : wait;
      const closeHours = answerHours + random.logNormal(3.6, 1.4);
      const closed = this.#instant(day, second + Math.floor(closeHours * 3600));
      const row = [
        `T-${index + 1}-${number + 1}`,
        contactId,
        isoInstant(day, second),
        this.#instant(day, second + Math.floor(answerHours * 3600)),
        closed,
        PRIORITIES.pick(random),
        TOPICS.pick(random),
        CHANNELS.pick(random),
        closed !== "" && random.chance(0.35) ? satisfaction(closeHours, random) : "",
      ];
      file.rowOrSpoiled(row, errors.badRows, random);
    }
  }

  #writeCalls({ index, contactId, company }: Actor, file: RowFile): void {
    const { seed, errors } = this.#options;
    const random = new Random(seed, CALLS, index);
    for (const [number, day] of this.#days(random, { mean: 2.2, size: 0.8, company }).entries()) {
      const row = [
        `C-${index + 1}-${number + 1}`,
        contactId,
        isoInstant(day, officeSecond(random)),
        String(Math.ceil(random.logNormal(5.1, 0.8))),
        random.chance(0.7) ? "inbound" : "outbound",
        OUTCOMES.pick(random),
      ];
      file.rowOrSpoiled(row, errors.badRows, random);
    }
  }

  /** The days of a contact's events of one kind, in order; none before the account's contract. */
  #days(
    random: Random,
    {
      mean,
      size,
      company,
    }: { readonly mean: number; readonly size: number; readonly company: Company },
  ): number[] {
    return Array.from({ length: random.negativeBinomial(mean, size) }, () =>
      this.#season.pick(random, company.contractFrom),
    ).sort((a, b) => a - b);
  }

  /** An instant so many seconds into a day; empty when the history ends before it. */
  #instant(day: number, second: number): string {
    const isOver = day + second / SECONDS_PER_DAY < this.#options.untilDay + 1;
    return isOver ? isoInstant(day, second) : "";
  }
}

function accountColumns(company: Company): readonly string[] {
  return [
    company.accountId,
    company.name,
    company.industry,
    String(company.employees),
    String(company.revenue),
    company.country,
    company.tier,
    isoDay(company.contractFrom),
    isoDay(company.contractUntil),
  ];
}

/** Large companies ship more, but not in proportion: 1 at the median size. */
function sizeFactor({ employees }: Company): number {
  return (employees / 150) ** 0.25;
}

/** 1 to 5: the longer it took, the worse. */
function satisfaction(hours: number, random: Random): string {
  const score = Math.round(4.7 - Math.log10(1 + hours) + 0.8 * random.normal());
  return String(Math.min(5, Math.max(1, score)));
}
