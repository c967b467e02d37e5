/** Who judges which kind of definition: the one place that knows all modules that define something. */
import type {
  DefinitionCheck,
  DefinitionChecks,
  DefinitionKind,
} from "../modules/contracts/index.ts";
import { checkDestinations, checkPermitted, checkRoutes } from "../modules/distribution/index.ts";
import { checkPolicies, checkRecipients } from "../modules/policy/index.ts";
import { checkScores, checkSegments } from "../modules/segments/index.ts";

/** The checks by kind. Destinations name recipients, routes name segments and destinations: theirs look at all. */
export function definitionChecks(): DefinitionChecks {
  return new Map<DefinitionKind, DefinitionCheck>([
    ["source", checkSources],
    ["model", checkModels],
    ["score", checkScores],
    ["segment", checkSegments],
    ["recipient", checkRecipients],
    ["policy", checkPolicies],
    ["destination", (files, _, all) => checkDestinations(files, all)],
    [
      "route",
      (_, catalogue, all) => [...checkRoutes(all, catalogue), ...checkPermitted(all, catalogue)],
    ],
  ]);
}

/** The modules behind these two take longer to load than a plan takes to make: who has no such files does without. */
const checkSources: DefinitionCheck = async (files, catalogue) =>
  files.length === 0
    ? []
    : (await import("../modules/intake/index.ts")).checkSources(files, catalogue);

const checkModels: DefinitionCheck = async (files, catalogue) =>
  files.length === 0
    ? []
    : (await import("../modules/resolution/index.ts")).checkModels(files, catalogue);
