import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InvalidInputError } from "../../kernel/index.ts";
import { readFolder } from "./index.ts";
import { contractBytes, sampleContract } from "../../../tests/contracts/sample-contract.ts";

let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "waybill-folder-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

const contract = contractBytes(sampleContract());

async function issues(): Promise<string[]> {
  try {
    await readFolder(root);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return error.issues.map(({ at, message, hint }) => `${at}: ${message} (${hint ?? ""})`);
    }
    throw error;
  }
}

describe("a client's folder", () => {
  test("gives the catalogue and every definition, by kind and name", async () => {
    await write({
      "contract.yaml": contract,
      "README.md": "# Telecom",
      ".DS_Store": "x",
      "segments/loyal.yaml": "segment: loyal\ncriteria: 'true'",
      "segments/at-risk.yaml": "segment: at-risk\ntitle: Risk",
      "sources/crm.yaml": "source: crm",
      "routes/.gitkeep": "",
    });

    const folder = await readFolder(root);

    expect(folder.client).toBe("telecom");
    expect(folder.definitions.map(({ kind, name, file }) => [kind, name, file])).toEqual([
      ["source", "crm", "sources/crm.yaml"],
      ["segment", "at-risk", "segments/at-risk.yaml"],
      ["segment", "loyal", "segments/loyal.yaml"],
    ]);
    const risk = folder.definitions[1];
    expect(risk?.body).toEqual({ segment: "at-risk", title: "Risk" });
    expect(risk?.sha256).toMatch(/^[0-9a-f]{64}$/u);
    expect(risk?.locate(["title"])).toEqual({ line: 2, column: 8 });
  });

  test("gives recipients, and policies as their text with the place of each character", async () => {
    await write({
      "contract.yaml": contract,
      "recipients/desk.yaml": "recipient: desk",
      "policies/care.cedar": "// Care\npermit (principal, action, resource);\n",
      "policies/tests.yaml": "tests: []",
      "destinations/queue.yaml": "destination: queue",
    });

    const folder = await readFolder(root);

    expect(folder.definitions.map(({ kind, name }) => [kind, name])).toEqual([
      ["recipient", "desk"],
      ["policy", "care"],
      ["destination", "queue"],
    ]);
    const policy = folder.definitions[1];
    const text = "// Care\npermit (principal, action, resource);\n";
    expect(policy?.body).toEqual({ policy: "care", text });
    expect(policy?.locate(["text", text.indexOf("action")])).toEqual({ line: 2, column: 20 });
    expect(folder.policyTests?.value).toEqual({ tests: [] });
  });

  test("refuses policies that are no text, no Cedar file, or called what nothing can be", async () => {
    await write({
      "contract.yaml": contract,
      "policies/a.yaml": "policy: a",
      "policies/b.cedar": Uint8Array.of(0xff),
      "policies/c.cedar": "permit\n\0",
      "policies/D.cedar": "",
      "policies/tests.yaml": "tests: [",
    });

    expect(await issues()).toEqual([
      expect.stringMatching(/^policies\/D\.cedar: policy: "D" cannot be a name/u),
      "policies/a.yaml: policies are files of Cedar text that end in .cedar (rename it or move it out)",
      "policies/b.cedar: the file is not UTF-8 text (save the file as UTF-8)",
      "policies/c.cedar: the file holds a NUL character (remove it: it cannot be stored)",
      expect.stringMatching(/^policies\/tests\.yaml: not YAML as it is read here/u),
    ]);
  });

  test("that does not exist is answered with the one beside it", async () => {
    await mkdir(join(root, "telecom"));

    await expect(readFolder(join(root, "telcom"))).rejects.toMatchObject({
      code: "folder-missing",
      hint: 'did you mean "telecom"?',
    });
  });

  test("without a contract is answered with the file that may be meant", async () => {
    await write({ "contract.yml": contract });

    await expect(readFolder(root)).rejects.toMatchObject({
      code: "contract-missing",
      hint: 'did you mean "contract.yml"?',
    });
  });

  test("tells every issue of every file at once", async () => {
    const document = sampleContract();
    document.version = "one";
    await write({
      "contract.yaml": contractBytes(document),
      "segment/a.yaml": "segment: a",
      "notes.txt": "x",
      "segments/a.yaml": "segment: b",
      "segments/c.yaml": "title: c",
      "segments/d.yml": "segment: d",
      "segments/e.yaml": "segment: [",
      "segments/F.yaml": "segment: F",
      "routes/g.yaml": "",
    });

    expect(await issues()).toEqual([
      expect.stringMatching(/^notes\.txt: "notes\.txt" is no file of a client/u),
      'segment: "segment" is no folder of a client (did you mean "segments"?)',
      expect.stringMatching(/^contract\.yaml: version: the version must be/u),
      expect.stringMatching(/^segments\/F\.yaml: segment: "F" cannot be a name/u),
      'segments/a.yaml: segment: the segment calls itself "b", and its file "a" (make the two the same)',
      "segments/c.yaml: segment: a segment file says its name first (segment: c)",
      "segments/d.yml: definitions are files that end in .yaml (rename it or move it out)",
      expect.stringMatching(/^segments\/e\.yaml: not YAML as it is read here/u),
      "routes/g.yaml: route: a route file says its name first (route: g)",
    ]);
  });

  test("is not left through a link", async () => {
    await write({ "contract.yaml": contract, "inside/crm.yaml": "source: crm" });
    await mkdir(join(root, "sources"));
    await symlink("/etc/hostname", join(root, "sources", "host.yaml"));
    await symlink("nowhere", join(root, "sources", "none.yaml"));
    await symlink("/etc", join(root, "segments"));
    await mkdir(join(root, "routes", "r.yaml"), { recursive: true });

    expect(await issues()).toEqual([
      expect.stringContaining("inside: "),
      "sources/host.yaml: the file is a link that leads out of the folder (copy the file itself into the folder)",
      "sources/none.yaml: the file cannot be read (it is a link to nothing, or may not be read)",
      "segments: the folder is a link (put the files themselves into the client's folder)",
      "routes/r.yaml: it is no regular file (a definition is a file of YAML text)",
    ]);
  });
});
