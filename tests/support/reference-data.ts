import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../shared/data", import.meta.url));

/**
 * The path of a file or folder of reference data, or undefined where it is not at hand: a test then
 * skips and says so. With `WAYBILL_REQUIRE_ALL=1` nothing may be missing.
 * @throws Error when it is missing and nothing may be
 */
export function referenceData(path: string): string | undefined {
  const file = join(folder, path);
  if (existsSync(file)) {
    return file;
  }
  if (process.env["WAYBILL_REQUIRE_ALL"] === "1") {
    throw new Error(`reference data is missing: ${path} (expected in ../shared/data)`);
  }
  return undefined;
}
