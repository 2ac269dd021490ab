// Prints what the official AsyncAPI parser finds wrong with a document; exits with 1 where it finds an error.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], "utf8"));
const errors = diagnostics.filter((each) => each.severity === 0);
for (const each of errors) console.log(`${each.path.join(".")}: ${each.message}`);
console.log(`${errors.length} errors, ${document?.channels().all().length ?? 0} channels`);
process.exit(errors.length > 0 || !document ? 1 : 0);
