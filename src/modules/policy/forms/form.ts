/**
 * The forms in which a field can be had, from the most telling to the least. Each but the last is an
 * action of the policies; of those that are permitted and not forbidden, the first is given.
 */
export const FORMS = ["clear", "partial", "bucket", "pseudonym", "absent"] as const;

export type Form = (typeof FORMS)[number];

/** A form that a policy can permit: what is not permitted is absent. */
export type GivenForm = Exclude<Form, "absent">;

export const GIVEN_FORMS: readonly GivenForm[] = ["clear", "partial", "bucket", "pseudonym"];

/** How much a form tells: 4 for clear, 0 for absent. What SQL gives when the form differs by row. */
export function rankOf(form: Form): number {
  return FORMS.length - 1 - FORMS.indexOf(form);
}

/** The form of a rank that SQL gave; absent for anything that is no rank. */
export function formOfRank(rank: number): Form {
  return FORMS[FORMS.length - 1 - rank] ?? "absent";
}
