/** The health client: patients, conditions, medications, immunizations and care plans as Synthea writes them. */
import { CARE, isoDay, isoInstant, officeSecond, Season } from "./calendar.ts";
import {
  CARE_PLANS,
  type Concept,
  CONDITIONS,
  type Medication,
  MEDICATIONS,
  TOWNS,
  type Town,
  VACCINES,
} from "./care.ts";
import { AMERICAN } from "./locales.ts";
import { Random, Weighted } from "./random.ts";
import { csvLayout, type FileLayout, type RowFile } from "./row-file.ts";
import type { Scenario, ScenarioOptions, Tally } from "./scenario.ts";
import { uuid } from "./uuid.ts";

const PATIENT = 30;
const EVENTS = 31;

/** Histories reach back at most so far: the calendar of one season stays small. */
const HISTORY_DAYS = 20 * 365;

/** Means per patient and sizes of the negative binomial, near the published 543 patients'. */
const CONDITION_COUNT = { mean: 34, size: 1.6 };
const MEDICATION_COUNT = { mean: 31, size: 0.5 };
const VACCINE_COUNT = { mean: 13.8, size: 6 };
const CARE_PLAN_COUNT = { mean: 4.5, size: 2 };

/** Cost of any immunization in the published file. */
const VACCINE_COST = "136.00";

type HealthFile = "patients" | "conditions" | "medications" | "immunizations" | "careplans";
type Files = Readonly<Record<HealthFile, RowFile>>;

const LAYOUTS: Readonly<Record<HealthFile, FileLayout>> = {
  patients: csvLayout(
    "patients.csv",
    "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER," +
      "BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE",
    { dates: [1], numbers: [21, 22, 24] },
  ),
  conditions: csvLayout("conditions.csv", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", {
    dates: [0],
    numbers: [],
  }),
  medications: csvLayout(
    "medications.csv",
    "START,STOP,PATIENT,PAYER,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,PAYER_COVERAGE,DISPENSES,TOTALCOST," +
      "REASONCODE,REASONDESCRIPTION",
    { dates: [0], numbers: [7, 9, 10] },
  ),
  immunizations: csvLayout(
    "immunizations.csv",
    "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,BASE_COST",
    { dates: [0], numbers: [5] },
  ),
  careplans: csvLayout(
    "careplans.csv",
    "Id,START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,REASONCODE,REASONDESCRIPTION",
    { dates: [1], numbers: [] },
  ),
};

/** What is prescribed within days of a diagnosis, by the code of the condition. */
const TREATMENTS: ReadonlyMap<string, Medication> = new Map(
  CONDITIONS.filter(({ days }) => days !== undefined).flatMap(({ code }) => {
    const treatment = MEDICATIONS.find(({ reason }) => reason?.[0] === code);
    return treatment === undefined ? [] : [[code, treatment] as const];
  }),
);

const byWeight = ({ weight }: Concept) => weight;
const conditions = new Weighted(CONDITIONS, byWeight);
const medications = new Weighted(MEDICATIONS, byWeight);
const vaccines = new Weighted(VACCINES, byWeight);
const carePlans = new Weighted(CARE_PLANS, byWeight);
const towns = Weighted.byRank(TOWNS);
const femaleNames = Weighted.byRank(AMERICAN.female);
const maleNames = Weighted.byRank(AMERICAN.male);
const familyNames = Weighted.byRank(AMERICAN.family);

/** One number stands for the public health service, as in the published file. */
const PAYER = "00000000-0000-4000-8000-000000000001";

export function healthScenario(options: ScenarioOptions): Scenario<HealthFile> {
  const health = new Health(options);
  return {
    layouts: LAYOUTS,
    tally: health.tally,
    passes: [(index, files) => health.writePatient(index, files)],
  };
}

/** A patient as far as the events need it. */
interface Patient {
  readonly id: string;
  /** The first and last day on which something can happen to them. */
  readonly from: number;
  readonly until: number;
  readonly random: Random;
}

class Health {
  readonly tally: Tally = { duplicates: 0, mistakes: {} };
  readonly #options: ScenarioOptions;
  readonly #season: Season;

  constructor(options: ScenarioOptions) {
    this.#options = options;
    this.#season = new Season(options.untilDay - HISTORY_DAYS + 1, options.untilDay, CARE);
  }

  writePatient(index: number, files: Files): void {
    const { seed, untilDay, errors } = this.#options;
    const random = new Random(seed, PATIENT, index);
    const id = uuid(random);
    const born = untilDay - Math.floor(random.unit() * 95 * 365.25);
    const isDead = random.chance((0.25 * (untilDay - born)) / (95 * 365.25));
    const died = isDead ? untilDay - random.integer(0, Math.min(3650, untilDay - born)) : undefined;
    const row = patientColumns({ id, born, died, untilDay }, random);
    files.patients.rowOrSpoiled(row, errors.badRows, random);
    const patient = {
      id,
      from: born,
      until: died ?? untilDay,
      random: new Random(seed, EVENTS, index),
    };
    this.#writeConditions(patient, files);
    this.#writeMedications(patient, files.medications);
    this.#writeImmunizations(patient, files.immunizations);
    this.#writeCarePlans(patient, files.careplans);
  }

  #writeConditions(patient: Patient, files: Files): void {
    const { id, random } = patient;
    for (const start of this.#days(patient, CONDITION_COUNT)) {
      const { code, name, days } = conditions.pick(random);
      const stop = this.#stop(start, days, random);
      const stopped = stop === undefined ? "" : isoDay(stop);
      const row = [isoDay(start), stopped, id, uuid(random), code, name];
      files.conditions.rowOrSpoiled(row, this.#options.errors.badRows, random);
      const treatment = TREATMENTS.get(code);
      const prescribed = start + random.integer(0, 5);
      if (treatment !== undefined && prescribed <= patient.until) {
        this.#prescribe(patient, treatment, { day: prescribed, file: files.medications });
      }
    }
  }

  #writeMedications(patient: Patient, file: RowFile): void {
    for (const day of this.#days(patient, MEDICATION_COUNT)) {
      this.#prescribe(patient, medications.pick(patient.random), { day, file });
    }
  }

  #prescribe(
    { id, random }: Patient,
    { code, name, reason, cost, days }: Medication,
    { day, file }: { readonly day: number; readonly file: RowFile },
  ): void {
    const second = officeSecond(random);
    const stop = this.#stop(day, days, random);
    const base = Math.ceil(100 * cost * random.logNormal(-0.1, 0.45)) / 100;
    const dispenses = days === undefined ? random.integer(1, 60) : Math.ceil(days / 30);
    const covered = random.chance(0.9) ? base : Math.floor(base * 80) / 100;
    const row = [
      isoInstant(day, second),
      stop === undefined ? "" : isoInstant(stop, second),
      id,
      PAYER,
      uuid(random),
      code,
      name,
      base.toFixed(2),
      covered.toFixed(2),
      String(dispenses),
      (base * dispenses).toFixed(2),
      ...(reason ?? ["", ""]),
    ];
    file.rowOrSpoiled(row, this.#options.errors.badRows, random);
  }

  #writeImmunizations(patient: Patient, file: RowFile): void {
    const { id, random } = patient;
    for (const day of this.#days(patient, VACCINE_COUNT)) {
      const { code, name } = vaccines.pick(random);
      const at = isoInstant(day, officeSecond(random));
      const row = [at, id, uuid(random), code, name, VACCINE_COST];
      file.rowOrSpoiled(row, this.#options.errors.badRows, random);
    }
  }

  #writeCarePlans(patient: Patient, file: RowFile): void {
    const { id, random } = patient;
    for (const start of this.#days(patient, CARE_PLAN_COUNT)) {
      const { code, name, reason, days } = carePlans.pick(random);
      const stop = this.#stop(start, days, random);
      const stopped = stop === undefined ? "" : isoDay(stop);
      const why = reason ?? ["", ""];
      const row = [uuid(random), isoDay(start), stopped, id, uuid(random), code, name, ...why];
      file.rowOrSpoiled(row, this.#options.errors.badRows, random);
    }
  }

  /** The days of a patient's events of one kind, in order; none outside the patient's life. */
  #days(patient: Patient, count: { readonly mean: number; readonly size: number }): number[] {
    const { random } = patient;
    return Array.from({ length: random.negativeBinomial(count.mean, count.size) }, () =>
      this.#season.pick(random, patient.from),
    )
      .filter((day) => day <= patient.until)
      .sort((a, b) => a - b);
  }

  /** When it was over; undefined when it is not over yet. */
  #stop(start: number, days: number | undefined, random: Random): number | undefined {
    if (days === undefined) {
      return undefined;
    }
    const stop = start + Math.max(1, Math.round(days * random.logNormal(0, 0.25)));
    return stop > this.#options.untilDay ? undefined : stop;
  }
}

function patientColumns(
  {
    id,
    born,
    died,
    untilDay,
  }: {
    readonly id: string;
    readonly born: number;
    readonly died: number | undefined;
    readonly untilDay: number;
  },
  random: Random,
): readonly string[] {
  const isFemale = random.chance(0.5);
  const isAdult = (died ?? untilDay) - born > 18 * 365.25;
  const isMarried = isAdult && random.chance(0.7);
  const town = towns.pick(random);
  const birthTown = towns.pick(random);
  const title = isFemale ? (isMarried ? "Mrs." : "Ms.") : "Mr.";
  const coverage = random.logNormal(12.3, 1.6);
  return [
    id,
    isoDay(born),
    died === undefined ? "" : isoDay(died),
    // 999 is an area that the United States never issue.
    `999-${random.integer(10, 99)}-${String(random.integer(1, 9999)).padStart(4, "0")}`,
    isAdult ? `S99${random.integer(900_000, 999_999)}` : "",
    isAdult && random.chance(0.92) ? `X${random.integer(1_000_000, 99_999_999)}X` : "",
    isAdult ? title : "",
    (isFemale ? femaleNames : maleNames).pick(random),
    familyNames.pick(random),
    "",
    isFemale && isMarried ? familyNames.pick(random) : "",
    isMarried ? "M" : isAdult ? "S" : "",
    "white",
    "nonhispanic",
    isFemale ? "F" : "M",
    `${birthTown.name}  UnitedKingdom  GB`,
    `${random.integer(1, 999)} ${random.pick(AMERICAN.streets)}`,
    town.name,
    "UnitedKingdom",
    town.county,
    town.outwardCode,
    ...placeNear(town, random),
    "0.0",
    coverage.toFixed(2),
  ];
}

/** Some five kilometres around the town, in degrees. */
function placeNear({ latitude, longitude }: Town, random: Random): readonly [string, string] {
  return [
    String(latitude + 0.045 * random.normal()),
    (longitude + 0.07 * random.normal()).toFixed(16),
  ];
}
