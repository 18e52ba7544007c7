// Builds the page assets into roomctl/static/dist/. Run: node roomctl/assets/build.mjs
// Everything is made in memory first, so a build that fails leaves the last good one in place.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.resolve(here, "../static/dist");
const packages = createRequire(import.meta.url);
const packageDir = (name) => path.dirname(packages.resolve(`${name}/package.json`));
const shortHash = (content) => createHash("sha256").update(content).digest("hex").slice(0, 10);

const files = new Map(); // name in dist -> Buffer

// Fonts keep their names and carry the same ?v= in the style sheets as in the manifest.
const fonts = {
  name: "fonts",
  setup(build) {
    build.onResolve({ filter: /\.woff2$/ }, async ({ path: wanted, resolveDir, pluginData }) => {
      if (pluginData === "found") return undefined;
      const found = await build.resolve(wanted, { resolveDir, kind: "url-token", pluginData: "found" });
      if (found.errors.length) return { errors: found.errors };
      const name = path.basename(found.path);
      const content = await readFile(found.path);
      files.set(name, content);
      return { path: `./${name}?v=${shortHash(content)}`, external: true };
    });
  },
};

// The day grid's places. The Content-Security-Policy drops style="…", so a block says where it stands with two classes:
// fN, its first column, and sN, how many it takes (short, since a page holds hundreds). Column 1 is what lies before the hours that are drawn, 58 what
// lies behind them, and the quarters of an hour between (06:00 to 20:00; see roomctl/booking/day.py) are 2 to 57.
const COLUMNS = 58;

const places = {
  name: "places",
  setup(build) {
    build.onResolve({ filter: /^places$/ }, () => ({ path: "places", namespace: "made" }));
    build.onLoad({ filter: /./, namespace: "made" }, () => {
      const numbers = Array.from({ length: COLUMNS }, (_, index) => index + 1);
      const rules = numbers.flatMap((number) => [`.f${number}{--from:${number}}`, `.s${number}{--span:${number}}`]);
      return { contents: rules.join("\n"), loader: "css" };
    });
  },
};

async function bundle() {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: here,
    entryPoints: ["app.css", "panel.css", "print.css", "history.css", "app.js", "history.js"],
    outdir: dist,
    write: false,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome109", "firefox115"],
    charset: "utf8",
    legalComments: "none",
    plugins: [fonts, places],
    loader: { ".woff2": "file", ".svg": "dataurl" },
    logLevel: "warning",
  });
  for (const file of outputFiles) files.set(path.basename(file.path), Buffer.from(file.contents));
}

async function iconSprite() {
  const names = (await readFile(path.join(here, "icons.txt"), "utf8"))
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length) throw new Error(`icons.txt names an icon twice: ${repeated.join(", ")}`);
  const symbols = await Promise.all(names.map(iconSymbol));
  files.set("icons.svg", Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`));
}

async function iconSymbol(name) {
  if (!/^[a-z0-9-]+$/.test(name)) throw new Error(`icons.txt: not an icon name: ${name}`);
  const source = await readFile(path.join(packageDir("bootstrap-icons"), "icons", `${name}.svg`), "utf8").catch(() => {
    throw new Error(`icons.txt: bootstrap-icons has no icon named ${name}`);
  });
  const [, attributes, drawing] = source.match(/^\s*<svg\b([^>]*)>([\s\S]*)<\/svg>\s*$/) ?? [];
  if (!drawing || !attributes.includes('viewBox="0 0 16 16"')) throw new Error(`icon ${name} is not drawn on 16 by 16`);
  const tidy = drawing.replace(/>\s+</g, "><").trim();
  return `<symbol id="${name}" viewBox="0 0 16 16"><g fill="currentColor">${tidy}</g></symbol>`;
}

// The licences of what is shipped inside dist ask to travel with it.
async function licences() {
  const parts = [];
  for (const name of ["bootstrap-icons", "@fontsource/be-vietnam-pro", "uplot"]) {
    const { version } = JSON.parse(await readFile(path.join(packageDir(name), "package.json"), "utf8"));
    const text = await readFile(path.join(packageDir(name), "LICENSE"), "utf8");
    parts.push(`${name} ${version}\n\n${text.trim()}\n`);
  }
  return Buffer.from(parts.join(`\n${"-".repeat(72)}\n\n`));
}

await bundle();
await iconSprite();
const names = [...files.keys()].sort();
const manifest = Object.fromEntries(names.map((name) => [name, `${name}?v=${shortHash(files.get(name))}`]));
files.set("manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
files.set("LICENSES.txt", await licences());

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await Promise.all([...files].map(([name, content]) => writeFile(path.join(dist, name), content)));
for (const [name, content] of [...files].sort()) console.log(`${String(content.length).padStart(7)}  ${name}`);
