/**
 * Builds the two verifiers that need nothing installed, of the sources of `waybill verify`. They lie in
 * docs/verifier, so that an auditor can take them from the project instead of from the firm that is
 * audited; a gate compares them with a fresh build.
 */
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";

/** A built file, by its name. */
export interface BuiltFile {
  readonly name: string;
  readonly text: string;
}

/** What may come into a verifier from outside the project. All of it is published with a licence that allows that. */
const BUNDLED = /^(?:zod$|@noble\/|buffer\/|base64-js$|ieee754$)/u;

const BANNER = "Waybill verifier. Apache-2.0; contains zod (MIT).";
const PAGE_BANNER =
  "Waybill verifier. Apache-2.0; contains zod, @noble/curves, @noble/hashes, buffer, base64-js (MIT) and ieee754 (BSD-3-Clause).";

/** @param root the project's folder */
export async function buildVerifiers(root: string): Promise<BuiltFile[]> {
  const sources = join(root, "src/entry/verifier");
  const [script, page, template] = await Promise.all([
    bundle(root, {
      entryPoints: [join(sources, "node.ts")],
      platform: "node",
      target: "node22",
      format: "esm",
      banner: { js: `// ${BANNER}` },
      plugins: [withoutPackages(), withoutLanguages()],
    }),
    bundle(root, {
      entryPoints: [join(sources, "page.ts")],
      platform: "browser",
      target: "es2024",
      format: "iife",
      globalName: "waybillVerifier",
      // The file for Node can be read by who audits it; the page has the same in it and need not be.
      minify: true,
      banner: { js: `// ${PAGE_BANNER}` },
      inject: [join(root, "tools/verifier/web/buffer.ts")],
      plugins: [
        withoutNode(join(root, "tools/verifier/web/crypto.ts")),
        withoutPackages(),
        withoutLanguages(),
      ],
    }),
    readFile(join(sources, "page.html"), "utf8"),
  ]);
  // In a script of HTML, only these three would be read as something else than JavaScript.
  const inline = page.replaceAll(/<(?=!--|script|\/script)/giu, String.raw`\x3c`);
  return [
    { name: "waybill-verify.mjs", text: script },
    { name: "waybill-verify.html", text: template.replace("/* verifier */", () => inline) },
  ];
}

async function bundle(root: string, options: BuildOptions): Promise<string> {
  const result = await build({
    ...options,
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    legalComments: "none",
    treeShaking: true,
    logLevel: "error",
  });
  const left = Object.values(result.metafile.outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path }) => !(options.platform === "node" && isBuiltin(path)));
  if (left.length > 0) {
    throw new Error(`the verifier would need ${left.map(({ path }) => path).join(", ")}`);
  }
  return result.outputFiles[0]?.text ?? "";
}

/**
 * Packages that a verifier has no use for are left outside, and so is what the project loads when it is
 * needed. They fall away with the modules that import them, since no module of the project does anything
 * by being imported.
 */
function withoutPackages(): Plugin {
  return {
    name: "without-packages",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[^./]/ }, ({ path }) =>
        isBuiltin(path) || BUNDLED.test(path)
          ? undefined
          : { path, external: true, sideEffects: false },
      );
      esbuild.onResolve(
        { filter: /^[.]/ },
        async ({ path, importer, resolveDir, kind, pluginData }) => {
          if (pluginData === resolved || importer.includes("node_modules")) {
            return undefined;
          }
          if (kind === "dynamic-import") {
            return { path, external: true, sideEffects: false };
          }
          const found = await esbuild.resolve(path, {
            importer,
            resolveDir,
            kind,
            pluginData: resolved,
          });
          return { ...found, sideEffects: false };
        },
      );
    },
  };
}

/** zod speaks fifty languages, half a megabyte of them; messages here are English. */
function withoutLanguages(): Plugin {
  return {
    name: "without-languages",
    setup(esbuild) {
      esbuild.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
        contents: "export {};",
        loader: "js",
      }));
    },
  };
}

/** Marks what is being resolved already. */
const resolved = Symbol("resolved");

/** A browser has nothing of Node: its cryptography is replaced, the rest must fall away. */
function withoutNode(crypto: string): Plugin {
  return {
    name: "without-node",
    setup(esbuild) {
      esbuild.onResolve({ filter: /^node:/ }, ({ path }) => ({
        path,
        namespace: "without-node",
        sideEffects: false,
      }));
      esbuild.onLoad({ filter: /^/, namespace: "without-node" }, ({ path }) => ({
        // CommonJS, so that names which nobody ends up using need not be there.
        contents:
          path === "node:crypto" ? `module.exports = require(${JSON.stringify(crypto)});` : "",
        resolveDir: "/",
        loader: "js",
      }));
    },
  };
}
