import type { Comparison, Level } from "../model/model.ts";

/** The levels of a comparison that say something: outcome 1, 2, … */
export function informativeLevels({ levels }: Comparison): readonly Level[] {
  return levels.filter(({ isMissing }) => !isMissing);
}
