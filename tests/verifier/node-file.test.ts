/** The verifier of one file, as an auditor runs it: plain Node, an empty folder, nothing installed. */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../architecture/planted-tree.ts";
import { type Bundle, makeBundle } from "./bundle.ts";
import { makeCertificate } from "./certificate.ts";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let bundle: Bundle;
let folder = "";

beforeAll(async () => {
  bundle = await makeBundle();
  folder = await mkdtemp(join(tmpdir(), "waybill-auditor-"));
  await copyFile(
    join(projectRoot, "docs/verifier/waybill-verify.mjs"),
    join(folder, "waybill-verify.mjs"),
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await bundle[Symbol.asyncDispose]();
});

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: {} };
    execFile(
      process.execPath,
      ["waybill-verify.mjs", ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

/** Everything that an auditor can give it at once. */
function everything(file: string): string[] {
  const { path } = bundle;
  const files = {
    proof: "proof",
    receipt: "absence",
    checkpoint: "checkpoint",
    since: "since",
  } as const;
  const given = Object.entries(files).flatMap(([option, name]) => [`--${option}`, path(name)]);
  return [
    file,
    "--key",
    path("key"),
    ...given,
    "--customer",
    "6",
    "--witness",
    bundle.witness,
    "--json",
  ];
}

test("a delivery is verified whole, with nothing but Node", async () => {
  const { code, stdout, stderr } = await run(...everything(bundle.path("waybill")));

  expect(stderr).toBe("");
  expect(code).toBe(0);
  const { kind, ok, checks } = JSON.parse(stdout);
  expect({ kind, ok }).toEqual({ kind: "waybill", ok: true });
  const skipped = checks.filter(({ outcome }: { outcome: string }) => outcome !== "passed");
  expect(skipped.map(({ name }: { name: string }) => name)).toEqual(["root"]);
  expect(checks).toContainEqual({
    name: "receipt",
    outcome: "passed",
    detail: "customer 6 was not in this delivery",
  });
});

test("a payload that was changed after it left is found, and the exit code says so", async () => {
  const altered = join(folder, "altered.csv");
  await writeFile(altered, bundle.files.payload.toString().replace("10.50", "10.51"));

  const { code, stdout } = await run(...everything(bundle.path("waybill")), "--payload", altered);

  expect(code).toBe(3);
  const failed = JSON.parse(stdout).checks.filter(
    ({ outcome }: { outcome: string }) => outcome === "failed",
  );
  expect(failed.map(({ name }: { name: string }) => name)).toEqual(["payload-sha256", "totals"]);
});

test.for(["proof", "since", "checkpoint"] as const)("a %s is verified by itself", async (file) => {
  const { code, stdout } = await run(bundle.path(file), "--key", bundle.path("key"));

  expect(code).toBe(0);
  expect(stdout).toContain("signed by the operator's key");
  expect(stdout).toContain(": in order");
});

test("a certificate is verified, about the customer who holds its opening", async () => {
  const certificate = join(folder, "certificate.json");
  const { bytes, publicKey, opening } = makeCertificate();
  await writeFile(certificate, bytes);
  await writeFile(join(folder, "firm.key"), publicKey);
  await writeFile(join(folder, "opening.json"), opening);
  await writeFile(join(folder, "other.json"), opening.replace("ada@", "ben@"));
  const given = [certificate, "--key", join(folder, "firm.key"), "--json", "--opening"];

  const [own, another] = await Promise.all([
    run(...given, join(folder, "opening.json")),
    run(...given, join(folder, "other.json")),
  ]);

  expect(own.code).toBe(0);
  expect(JSON.parse(own.stdout)).toMatchObject({ kind: "certificate", ok: true });
  expect(another.code).toBe(3);
});

test("wrong use is told in one line, without a stack", async () => {
  const missing = await run(join(folder, "nothing.waybill.json"));
  const unknown = await run(bundle.path("waybill"), "--keys", "x");

  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(/^there is no readable file .*: check the path\n$/u);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/^Unknown option '--keys'/u);
});
