// Bundles each widget into f1lab/widgets/static, and puts the plotting library of the reports,
// as its makers publish it, into f1lab/figures/static. With --verify it only compares, and exits
// with status 1 when a committed bundle is not what its sources give.
import { readFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "..", "f1lab", "widgets", "static");
const verify = process.argv.includes("--verify");

const { outputFiles } = await esbuild.build({
  absWorkingDir: here,
  entryPoints: {
    "blame-waterfall": "blame-waterfall/index.js",
    "blame-waterfall-style": "blame-waterfall/style.css",
    "race-timeline": "race-timeline/index.js",
    "race-timeline-style": "race-timeline/style.css",
    "simulator-controls": "simulator-controls/index.js",
    "simulator-controls-style": "simulator-controls/style.css",
    "telemetry-traces": "telemetry-traces/index.js",
    "telemetry-traces-style": "telemetry-traces/style.css",
  },
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "eof",
  write: false,
});

const plotly = path.join(here, "node_modules", "plotly.js-basic-dist-min", "plotly-basic.min.js");
const library = {
  path: path.join(here, "..", "f1lab", "figures", "static", "plotly-basic.min.js"),
  contents: await readFile(plotly),
};

const stale = [];
for (const file of [...outputFiles, library]) {
  const name = path.basename(file.path).replace("-style.css", ".css");
  const place = path.join(path.dirname(file.path), name);
  if (!verify) {
    const { mkdir, writeFile } = await import("node:fs/promises");
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, file.contents);
    console.log(`${name}  ${(file.contents.length / 1000).toFixed(1)} kB`);
  } else if (!Buffer.from(file.contents).equals(await readFile(place).catch(() => Buffer.of()))) {
    stale.push(name);
  }
}
if (stale.length > 0) {
  console.error(`Not what the sources give: ${stale.join(", ")}. Run "npm run build" and commit.`);
  process.exit(1);
}
