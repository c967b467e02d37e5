/** Semantic versions (https://semver.org, 2.0.0) as contracts use them: three numbers, without suffixes. */

const SEMVER = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/u;

export function isSemver(text: string): boolean {
  return SEMVER.test(text);
}

/** Negative when `a` is older than `b`, 0 when they are the same. */
export function compareSemver(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing < 0 ? 0 : (left[differing] ?? 0) - (right[differing] ?? 0);
}

/** The version after `version` for a change of the given weight. */
export function nextSemver(version: string, weight: "major" | "minor" | "patch"): string {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  switch (weight) {
    case "major":
      return `${major + 1}.0.0`;
    case "minor":
      return `${major}.${minor + 1}.0`;
    case "patch":
      return `${major}.${minor}.${patch + 1}`;
  }
}
