/**
 * The telecom client: billing in the layout of the published churn file, the contacts of a CRM that
 * has some persons twice, service tickets and calls, and the truth about who is who.
 */
import { dottedDay, isoDay, isoInstant, officeSecond, Season, SERVICE } from "./calendar.ts";
import { type Contact, Mistakes } from "./mistakes.ts";
import { makePerson, type Person } from "./person.ts";
import { Random, Weighted } from "./random.ts";
import { csvLayout, type FileLayout, type RowFile } from "./row-file.ts";
import type { Scenario, ScenarioOptions, Tally } from "./scenario.ts";
import { customerNumber, type Subscription, subscribe } from "./subscription.ts";

const CONTACTS = 10;
const TICKETS = 11;
const CALLS = 12;
const SPOILING = 13;

const HISTORY_DAYS = 730;

type TelecomFile = "billing" | "contacts" | "tickets" | "calls" | "truth";
type Files = Readonly<Record<TelecomFile, RowFile>>;

const LAYOUTS: Readonly<Record<TelecomFile, FileLayout>> = {
  billing: {
    name: "billing.csv",
    header:
      "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService," +
      "OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract," +
      "PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn",
    delimiter: ",",
    lineEnd: "\r\n",
    prologue: "\uFEFF",
    dates: [],
    numbers: [5, 18],
  },
  contacts: csvLayout(
    "crm_contacts.csv",
    "contact_id,customer_number,given_name,family_name,email,phone,birth_date,street,city,postal_code,country,updated_on",
    { dates: [6], numbers: [] },
  ),
  tickets: csvLayout(
    "tickets.csv",
    "ticket_id,customer_id,opened_at,closed_at,channel,topic,priority,satisfaction",
    { dates: [2], numbers: [6] },
  ),
  calls: csvLayout(
    "calls.csv",
    "call_id,customer_id,started_at,duration_seconds,direction,outcome,site",
    { dates: [2], numbers: [3] },
  ),
  truth: csvLayout("truth.csv", "source,record_id,person", { dates: [], numbers: [] }),
};

const CHANNELS = new Weighted(["phone", "email", "chat", "shop", "social"], (_, r) => 5 - r);
const TOPICS = new Weighted(
  ["billing", "technical", "contract", "moving", "cancellation", "other"],
  (_, rank) => 6 - rank,
);
const OUTCOMES = new Weighted(
  ["resolved", "transferred", "callback", "abandoned", "voicemail"],
  (_, rank) => 1 / (rank + 1),
);
const SITES = new Weighted(["Manila", "Kraków", "Bogotá", "Sacramento"], (_, rank) => 4 - rank);

export function telecomScenario(options: ScenarioOptions): Scenario<TelecomFile> {
  const telecom = new Telecom(options);
  return {
    layouts: LAYOUTS,
    tally: telecom.tally,
    passes: [
      (index, files) => telecom.writeCustomer(index, files),
      // Duplicates follow in a second pass: whoever looks for them must look through the whole file.
      (index, files) => telecom.writeDuplicates(index, files),
    ],
  };
}

class Telecom {
  readonly tally: Tally;
  readonly #options: ScenarioOptions;
  readonly #mistakes: Mistakes;
  readonly #season: Season;

  constructor(options: ScenarioOptions) {
    this.#options = options;
    this.#mistakes = new Mistakes(options.errors);
    this.tally = { duplicates: 0, mistakes: this.#mistakes.counts };
    this.#season = new Season(options.untilDay - HISTORY_DAYS + 1, options.untilDay, SERVICE);
  }

  writeCustomer(index: number, files: Files): void {
    const { seed, untilDay, errors } = this.#options;
    const person = makePerson(seed, index);
    const subscription = subscribe({ seed, index, person, untilDay });
    const spoiling = new Random(seed, SPOILING, index);
    files.billing.rowOrSpoiled(subscription.columns, errors.badRows, spoiling);
    files.truth.row(["billing", subscription.customerId, String(index + 1)]);

    const random = new Random(seed, CONTACTS, index, 0);
    const contact = this.#mistakes.once(contactOf(person), random);
    const linkedTo = random.chance(0.9) ? subscription.customerId : "";
    this.#writeContact({ person, index, copy: 0, linkedTo, contact, files, random });
    this.#writeTickets(index, subscription, files.tickets);
    this.#writeCalls(index, subscription, files.calls);
  }

  writeDuplicates(index: number, files: Files): void {
    const { seed, errors } = this.#options;
    for (
      let copy = 1;
      new Random(seed, CONTACTS, index, copy).chance(errors.duplicates);
      copy += 1
    ) {
      const random = new Random(seed, CONTACTS, index, copy, 1);
      const person = makePerson(seed, index);
      const contact = this.#mistakes.again(contactOf(person), person.locale, random);
      const linkedTo = random.chance(0.35) ? customerNumber(seed, index) : "";
      this.#writeContact({ person, index, copy, linkedTo, contact, files, random });
      this.tally.duplicates += 1;
    }
  }

  #writeContact(entry: {
    readonly person: Person;
    readonly index: number;
    readonly copy: number;
    readonly linkedTo: string;
    readonly contact: Contact;
    readonly files: Files;
    readonly random: Random;
  }): void {
    const { person, index, copy, linkedTo, contact, files, random } = entry;
    const contactId = `CT-${index + 1}${copy === 0 ? "" : `-${copy}`}`;
    const updated = this.#season.pick(random);
    const row = [
      contactId,
      linkedTo,
      contact.givenName,
      contact.familyName,
      contact.email,
      contact.phone,
      contact.birthDate,
      contact.street,
      contact.city,
      contact.postalCode,
      person.locale.country,
      isoDay(updated),
    ];
    files.contacts.rowOrSpoiled(row, this.#options.errors.badRows, random);
    files.truth.row(["crm", contactId, String(index + 1)]);
  }

  #writeTickets(index: number, subscription: Subscription, file: RowFile): void {
    const { seed, untilDay, errors } = this.#options;
    const random = new Random(seed, TICKETS, index);
    const count = random.negativeBinomial(1.1 * subscription.trouble, 0.6);
    for (let number = 1; number <= count; number += 1) {
      const day = this.#season.pick(random, subscription.since);
      const second = officeSecond(random);
      const hours = random.logNormal(2.6, 1.1);
      const closedSecond = second + Math.floor(hours * 3600);
      const isClosed = day + closedSecond / 86_400 <= untilDay + 1;
      const row = [
        `T-${index + 1}-${number}`,
        subscription.customerId,
        isoInstant(day, second),
        isClosed ? isoInstant(day, closedSecond) : "",
        CHANNELS.pick(random),
        TOPICS.pick(random),
        String(random.integer(1, 4)),
        isClosed && random.chance(0.4) ? satisfaction(hours, random) : "",
      ];
      file.rowOrSpoiled(row, errors.badRows, random);
    }
  }

  #writeCalls(index: number, subscription: Subscription, file: RowFile): void {
    const { seed, errors } = this.#options;
    const random = new Random(seed, CALLS, index);
    const count = random.negativeBinomial(2.4 * subscription.trouble, 0.8);
    for (let number = 1; number <= count; number += 1) {
      const day = this.#season.pick(random, subscription.since);
      const row = [
        `C-${index + 1}-${number}`,
        subscription.customerId,
        isoInstant(day, officeSecond(random)),
        String(Math.ceil(random.logNormal(5.3, 0.9))),
        random.chance(0.8) ? "inbound" : "outbound",
        OUTCOMES.pick(random),
        SITES.pick(random),
      ];
      file.rowOrSpoiled(row, errors.badRows, random);
    }
  }
}

function contactOf(person: Person): Contact {
  return {
    givenName: person.givenName,
    familyName: person.familyName,
    email: person.email,
    phone: person.phone,
    birthDate: dottedDay(person.birthDay),
    ...person.address,
  };
}

/** 1 to 5: the longer it took, the worse. */
function satisfaction(hours: number, random: Random): string {
  const score = Math.round(4.6 - Math.log10(1 + hours) + 0.8 * random.normal());
  return String(Math.min(5, Math.max(1, score)));
}
