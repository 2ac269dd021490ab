#!/bin/sh
# Two people answer the GAD-7 in one process: hippocrates gives the second one the answers of the first.
#
# Each assessment of hippocrates 0.4.0 keeps its answers in the module's own list of questions, so a new GAD7Assessment()
# is not empty: it has the score of whoever answered before. And a question without an answer counts as "not at all", so a
# form that somebody left after two questions is scored like a whole one. Whoever scores questionnaires with it in a service
# would show one person's distress as another's.
#
# Needs Python 3.11 and the network, for packages of PyPI in a folder of its own. Fails where the behaviour changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check hippocrates==0.4.0 click==7.0 pick==2.4.0 tabulate==0.9.0

cat > two_people.py <<'PY'
import sys
from importlib.metadata import version

from hippocrates.questionnaires.gad7.assessment import GAD7Assessment


def answer(question, points):
    question.answer = next(each for each in question.answer_options if each.value == points)


first = GAD7Assessment()
for question in first.questions()[:2]:
    answer(question, 3)
print(f"hippocrates {version('hippocrates')}: first person, 2 of {first.total_questions} answered: {first.total_score()}")
for question in first.questions():
    answer(question, 3)
print(f"hippocrates {version('hippocrates')}: first person, all answered: {first.total_score()}")
second = GAD7Assessment()
print(f"hippocrates {version('hippocrates')}: second person, nothing answered yet: {second.total_score()}")
found = (first.total_score(), second.total_score(), second.questions() is first.questions())
sys.exit(0 if found == (21, 21, True) else f"hippocrates does it otherwise now: {found}")
PY

tools/bin/python two_people.py
