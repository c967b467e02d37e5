/**
 * What happens in British surgeries: codes of SNOMED CT, RxNorm and CVX with their names, each with
 * how often it occurs among ten thousand, roughly as in the published Synthea files.
 */

export interface Concept {
  readonly code: string;
  readonly name: string;
  readonly weight: number;
}

export interface Condition extends Concept {
  /** Typical days until it is over; undefined for what does not go away. */
  readonly days: number | undefined;
}

export interface Medication extends Concept {
  readonly reason: readonly [code: string, name: string] | undefined;
  /** Typical cost of one dispensing, in currency units. */
  readonly cost: number;
  readonly days: number | undefined;
}

export interface CarePlan extends Concept {
  readonly reason: readonly [code: string, name: string] | undefined;
  readonly days: number;
}

export const CONDITIONS: readonly Condition[] = [
  { code: "160903007", name: "Full-time employment (finding)", weight: 2980, days: 400 },
  { code: "73595000", name: "Stress (finding)", weight: 1150, days: 370 },
  { code: "160904001", name: "Part-time employment (finding)", weight: 540, days: 400 },
  { code: "444814009", name: "Viral sinusitis (disorder)", weight: 290, days: 14 },
  { code: "423315002", name: "Limited social contact (finding)", weight: 280, days: 380 },
  { code: "422650009", name: "Social isolation (finding)", weight: 265, days: 390 },
  { code: "840539006", name: "COVID-19", weight: 220, days: 24 },
  { code: "386661006", name: "Fever (finding)", weight: 200, days: 22 },
  { code: "195662009", name: "Acute viral pharyngitis (disorder)", weight: 180, days: 11 },
  { code: "49727002", name: "Cough (finding)", weight: 160, days: 20 },
  { code: "10509002", name: "Acute bronchitis (disorder)", weight: 150, days: 15 },
  { code: "72892002", name: "Normal pregnancy", weight: 115, days: 245 },
  {
    code: "162864005",
    name: "Body mass index 30+ - obesity (finding)",
    weight: 106,
    days: undefined,
  },
  { code: "224299000", name: "Received higher education (finding)", weight: 100, days: undefined },
  { code: "84229001", name: "Fatigue (finding)", weight: 93, days: 21 },
  { code: "15777000", name: "Prediabetes", weight: 80, days: undefined },
  { code: "59621000", name: "Hypertension", weight: 75, days: undefined },
  { code: "55822004", name: "Hyperlipidemia", weight: 55, days: undefined },
  { code: "44054006", name: "Diabetes", weight: 40, days: undefined },
  { code: "233678006", name: "Childhood asthma", weight: 15, days: undefined },
];

export const MEDICATIONS: readonly Medication[] = [
  {
    code: "314076",
    name: "lisinopril 10 MG Oral Tablet",
    weight: 1810,
    reason: ["59621000", "Hypertension"],
    cost: 260,
    days: 365,
  },
  {
    code: "310798",
    name: "Hydrochlorothiazide 25 MG Oral Tablet",
    weight: 1700,
    reason: ["59621000", "Hypertension"],
    cost: 240,
    days: 365,
  },
  {
    code: "308136",
    name: "amLODIPine 2.5 MG Oral Tablet",
    weight: 1390,
    reason: ["59621000", "Hypertension"],
    cost: 85,
    days: 365,
  },
  {
    code: "314231",
    name: "Simvastatin 10 MG Oral Tablet",
    weight: 550,
    reason: ["55822004", "Hyperlipidemia"],
    cost: 110,
    days: 365,
  },
  {
    code: "860975",
    name: "24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet",
    weight: 430,
    reason: ["44054006", "Diabetes"],
    cost: 65,
    days: 365,
  },
  {
    code: "2123111",
    name: "NDA020503 200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
    weight: 390,
    reason: ["233678006", "Childhood asthma"],
    cost: 75,
    days: undefined,
  },
  {
    code: "313782",
    name: "Acetaminophen 325 MG Oral Tablet",
    weight: 180,
    reason: ["10509002", "Acute bronchitis (disorder)"],
    cost: 7,
    days: 14,
  },
  {
    code: "312961",
    name: "Simvastatin 20 MG Oral Tablet",
    weight: 145,
    reason: ["55822004", "Hyperlipidemia"],
    cost: 40,
    days: undefined,
  },
  {
    code: "206905",
    name: "Ibuprofen 400 MG Oral Tablet [Ibu]",
    weight: 105,
    reason: undefined,
    cost: 5,
    days: 21,
  },
  {
    code: "834061",
    name: "Penicillin V Potassium 250 MG Oral Tablet",
    weight: 60,
    reason: ["43878008", "Streptococcal sore throat (disorder)"],
    cost: 4,
    days: 10,
  },
];

export const VACCINES: readonly Concept[] = [
  { code: "140", name: "Influenza  seasonal  injectable  preservative free", weight: 5870 },
  { code: "113", name: "Td (adult) preservative free", weight: 490 },
  { code: "20", name: "DTaP", weight: 440 },
  { code: "133", name: "Pneumococcal conjugate PCV 13", weight: 420 },
  { code: "10", name: "IPV", weight: 365 },
  { code: "62", name: "HPV  quadrivalent", weight: 280 },
  { code: "08", name: "Hep B  adolescent or pediatric", weight: 275 },
  { code: "03", name: "MMR", weight: 180 },
  { code: "121", name: "zoster", weight: 175 },
  { code: "21", name: "varicella", weight: 170 },
];

export const CARE_PLANS: readonly CarePlan[] = [
  {
    code: "736376001",
    name: "Infectious disease care plan (record artifact)",
    weight: 3160,
    reason: ["840539006", "COVID-19"],
    days: 25,
  },
  {
    code: "53950000",
    name: "Respiratory therapy",
    weight: 1370,
    reason: ["10509002", "Acute bronchitis (disorder)"],
    days: 60,
  },
  {
    code: "698360004",
    name: "Diabetes self management plan",
    weight: 650,
    reason: ["15777000", "Prediabetes"],
    days: 2000,
  },
  {
    code: "134435003",
    name: "Routine antenatal care",
    weight: 640,
    reason: ["72892002", "Normal pregnancy"],
    days: 230,
  },
  {
    code: "443402002",
    name: "Lifestyle education regarding hypertension",
    weight: 520,
    reason: ["59621000", "Hypertension"],
    days: 3000,
  },
  {
    code: "276239002",
    name: "Therapy (regime/therapy)",
    weight: 440,
    reason: undefined,
    days: 90,
  },
  {
    code: "91251008",
    name: "Physical therapy procedure",
    weight: 400,
    reason: undefined,
    days: 60,
  },
];

export interface Town {
  readonly name: string;
  readonly county: string;
  /** The outward half of the postal code, all that the published file has. */
  readonly outwardCode: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** In order of size. */
export const TOWNS: readonly Town[] = [
  {
    name: "London",
    county: "Greater London",
    outwardCode: "SE1",
    latitude: 51.507,
    longitude: -0.128,
  },
  {
    name: "Birmingham",
    county: "West Midlands",
    outwardCode: "B15",
    latitude: 52.48,
    longitude: -1.903,
  },
  {
    name: "Leeds",
    county: "West Yorkshire",
    outwardCode: "LS6",
    latitude: 53.8,
    longitude: -1.549,
  },
  {
    name: "Glasgow",
    county: "Glasgow City",
    outwardCode: "G12",
    latitude: 55.864,
    longitude: -4.252,
  },
  {
    name: "Manchester",
    county: "Greater Manchester",
    outwardCode: "M14",
    latitude: 53.48,
    longitude: -2.242,
  },
  {
    name: "Sheffield",
    county: "South Yorkshire",
    outwardCode: "S10",
    latitude: 53.381,
    longitude: -1.47,
  },
  {
    name: "Edinburgh",
    county: "City of Edinburgh",
    outwardCode: "EH8",
    latitude: 55.953,
    longitude: -3.189,
  },
  {
    name: "Liverpool",
    county: "Merseyside",
    outwardCode: "L8",
    latitude: 53.41,
    longitude: -2.978,
  },
  { name: "Bristol", county: "Bristol", outwardCode: "BS6", latitude: 51.454, longitude: -2.588 },
  { name: "Cardiff", county: "Cardiff", outwardCode: "CF10", latitude: 51.482, longitude: -3.179 },
  {
    name: "Nottingham",
    county: "Nottinghamshire",
    outwardCode: "NG7",
    latitude: 52.954,
    longitude: -1.158,
  },
  { name: "Plymouth", county: "Devon", outwardCode: "PL4", latitude: 50.376, longitude: -4.143 },
  { name: "Norwich", county: "Norfolk", outwardCode: "NR2", latitude: 52.63, longitude: 1.297 },
  {
    name: "Oxford",
    county: "Oxfordshire",
    outwardCode: "OX4",
    latitude: 51.752,
    longitude: -1.258,
  },
  { name: "Canterbury", county: "Kent", outwardCode: "CT1", latitude: 51.28, longitude: 1.08 },
  {
    name: "Lancaster",
    county: "Lancashire",
    outwardCode: "LA1",
    latitude: 54.047,
    longitude: -2.801,
  },
];
