// Judges bundles (one a line) by a measure in CQL with cql-execution, and prints as JSON what every patient came
// to and the seconds from raw JSON to that: on the wall, and of this process's processors.
// Arguments: the measure's text, value sets by address, bundles, patients at a time.

import { readFileSync } from "node:fs";
import { SystemModelInfoProvider } from "@cqframework/cql/cql";
import {
  CqlTranslator,
  LibraryManager,
  ModelManager,
  createModelInfoProvider,
  createUcumService,
  stringAsSource,
} from "@cqframework/cql/cql-to-elm";
import fhir from "cql-exec-fhir";
import cql from "cql-execution";

const POPULATIONS = ["Initial Population", "Denominator", "Denominator Exclusion", "Numerator"];
const [measure, sets, bundles, atOnce] = process.argv.slice(2);

function translated(text) {
  const model = readFileSync(
    new URL("./node_modules/cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml", import.meta.url),
    "utf8",
  );
  const models = new ModelManager();
  models.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((id) => (id === "FHIR" ? stringAsSource(model) : null)),
  );
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  // Units are not converted by the measure, so all of them will do.
  const units = createUcumService((value) => value, () => null);
  const libraries = new LibraryManager(models, undefined, undefined, units);
  const elm = JSON.parse(CqlTranslator.fromText(text, libraries).toJson());
  const faults = elm.library.annotation.filter((one) => one.errorSeverity === "error");
  if (faults.length > 0) throw new Error(faults.map((one) => `${one.startLine}: ${one.message}`).join("\n"));
  return elm;
}

const elm = translated(readFileSync(measure, "utf8"));
const period = new cql.Interval(
  new cql.DateTime(2026, 1, 1, 0, 0, 0, 0, 0),
  new cql.DateTime(2026, 12, 31, 23, 59, 59, 999, 0),
  true,
  true,
);
const executor = new cql.Executor(
  new cql.Library(elm, new cql.Repository([elm])),
  new cql.CodeService(JSON.parse(readFileSync(sets, "utf8"))),
  { "Measurement Period": period },
);
const lines = readFileSync(bundles, "utf8").trimEnd().split("\n");
const size = Number(atOnce);
let found = {};
// Making one reads FHIR's whole model, so there is one, and before the clock.
const source = fhir.PatientSource.FHIRv401();

async function judge(lines) {
  source.reset();
  source.loadBundles(lines.map((line) => JSON.parse(line)));
  const { patientResults } = await executor.exec(source);
  for (const [id, result] of Object.entries(patientResults)) {
    found[id] = POPULATIONS.map((name) => (result[name] === true ? 1 : 0));
  }
}

// Once without the clock: by then what is called often is compiled.
await judge(lines.slice(0, size));
found = {};
const begun = process.hrtime.bigint();
const used = process.cpuUsage();
for (let start = 0; start < lines.length; start += size) await judge(lines.slice(start, start + size));
const wall = Number(process.hrtime.bigint() - begun) / 1e9;
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({ found, wall, processor: (user + system) / 1e6 }));
