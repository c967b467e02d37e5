/** Which source records are the same customer or account: judged, kept, explained, and undone. */
export { modelFields } from "./model/model-fields.ts";
export {
  type Judge,
  type Judgement,
  type PairState,
  type Standing,
  type Verdict,
  standingPairs,
} from "./judgement/judgement.ts";
export { type Constraints, constraintsOf } from "./judgement/constraints.ts";
export { assignIds, type Group, type PresentIds } from "./identity/assign-ids.ts";
