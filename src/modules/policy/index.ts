/** Policy: who may have which rows and which form of which fields, for which purpose, where. */
export type { Access, AccessInstant, AccessTarget, SqlParameters } from "./access.ts";
export { FORMS, formOfRank, rankOf, type Form, type GivenForm } from "./forms/form.ts";
