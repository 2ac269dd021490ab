"""Every indicator once more, row by row in plain Python, to hold the expressions to. Written from the definitions
alone."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.plain_star import DIMENSIONS, GROUPS, Plain, Row, months_later, period

Reading = Callable[[Plain], Iterator[Row]]
# By the catalogue of instruments: a cut-off is published for PHQ-9 in any form, and of the ORS for adults alone.
CUT_OFF = {("phq9", "1"), ("PHQ-9", "2"), ("ors", "adult")}
READINGS: dict[str, Reading] = {}


def _share(rows: Iterator[Row], scope: Callable[[Row], Any], met: Callable[[Row], Any]) -> Iterator[Row]:
    for row in rows:
        if scope(row):
            yield row | {"counted": True, "value": int(bool(met(row))), "per": 1}


def _all(_: Row) -> bool:
    return True


def _mix(rows: Iterator[Row], category: Callable[[Row], Any], scope: Callable[[Row], Any] = _all) -> Iterator[Row]:
    for row in rows:
        if scope(row):
            yield row | {"counted": True, "category": category(row)}


def _under_way(row: Row) -> str:
    return row["ending"] if row["ended_on"] else "under-way"


def _reasons(plain: Plain) -> Iterator[Row]:
    for case in plain.cases():
        reasons = [each["reason"] for each in plain.with_("case_reason", "case_id", case["case_id"])]
        for reason in reasons or ["none"]:
            yield case | {"counted": True, "category": reason}


READINGS |= {
    "cases-screened": lambda p: _share(p.cases(), _all, _all),
    "decision-mix": lambda p: _mix(p.cases(), lambda r: r["decision"]),
    "reason-mix": _reasons,
    "front-door-mix": lambda p: _mix(p.cases(), lambda r: r["source"]),
    "need-mix": lambda p: _mix(p.cases(), lambda r: r["level_of_need"]),
    "cases-referred": lambda p: _share(p.cases(), _all, lambda r: r["referrals"] > 0),
    "cases-started": lambda p: _share(p.cases(), lambda r: r["referrals"], lambda r: r["started_on"]),
    "cases-finished": lambda p: _share(p.cases(), lambda r: r["started_on"], lambda r: r["completed_on"]),
    "cases-in-process": lambda p: _share(p.cases(), lambda r: r["referrals"], lambda r: not r["ended_on"]),
    "cases-closed-with-no-plan": lambda p: _share(
        p.cases(), lambda r: r["referrals"], lambda r: r["ended_on"] and not r["started_on"]
    ),
    "ending-mix": lambda p: _mix(p.cases(), _under_way, lambda r: r["referrals"] or r["ending"]),
    "referrals-agreed": lambda p: _share(p.about("referral"), _all, _all),
}
for _adjective, _column in (("accepted", "accepted_on"), ("declined", "declined_on"), ("started", "started_on")):
    READINGS[f"referrals-{_adjective}"] = lambda p, c=_column: _share(p.about("referral"), _all, lambda r: r[c])


def _retained(plain: Plain) -> Iterator[Row]:
    for row in plain.parents():
        if row["started_on"]:
            over = bool(row["own"]["ended_on"] or row["completed_on"])
            yield row | {"counted": over, "value": int(bool(row["completed_on"])), "per": 1}


READINGS |= {
    "parents-agreeing": lambda p: _share(p.parents(), lambda r: r["screened"], lambda r: r["agrees"]),
    "agreeing-parents-taking-up": lambda p: _share(
        p.parents(), lambda r: r["screened"] and r["agrees"], lambda r: r["started_on"]
    ),
    "parents-referred": lambda p: _share(p.parents(), lambda r: r["referred"], _all),
    "fathers-among-referred": lambda p: _share(p.parents(), lambda r: r["referred"], lambda r: r["is_father"]),
    "parents-started": lambda p: _share(p.parents(), lambda r: r["referred"], lambda r: r["started_on"]),
    "parents-completed": lambda p: _share(
        p.parents(), lambda r: r["referred"] and r["started_on"], lambda r: r["completed_on"]
    ),
    "parents-retained": _retained,
    "parents-change-mix": lambda p: _mix(p.parents(), lambda r: r["change"], lambda r: r["change"]),
}
for _months in (6, 12):
    _asked, _answered = f"asked_{_months}_months_on", f"answered_{_months}_months_on"
    READINGS[f"parents-answered-{_months}-months"] = lambda p, c=_answered: _share(
        p.parents(), lambda r: r["referred"], lambda r: r[c]
    )
    READINGS[f"asked-parents-answered-{_months}-months"] = lambda p, a=_asked, c=_answered: _share(
        p.parents(), lambda r: r[a] or r[c], lambda r: r[c]
    )


def _days(rows: Iterator[Row], since: str, until: str, scope: Callable[[Row], Any] = _all) -> Iterator[Row]:
    for row in rows:
        days = (row[until] - row[since]).days if row[since] and row[until] else None
        counted = days is not None and days >= 0 and bool(scope(row))
        yield row | {"counted": counted, "value": days, "per": 1}


def _some(rows: Iterator[Row], scope: Callable[[Row], Any]) -> Iterator[Row]:
    return (row for row in rows if scope(row))


READINGS |= {
    "days-submitted-to-agreed": lambda p: _days(
        _some(p.about("referral"), lambda r: r["nth"] == 1), "submitted_on", "agreed_on"
    ),
    "days-agreed-to-accepted": lambda p: _days(p.about("referral"), "agreed_on", "accepted_on"),
    "days-accepted-to-assessed": lambda p: _days(p.about("referral"), "accepted_on", "assessed_on"),
    "days-assessed-to-first-session": lambda p: _days(p.about("referral"), "assessed_on", "started_on"),
    "days-first-session-to-closed": lambda p: _days(
        _some(p.cases(), lambda r: r["started_on"]), "started_on", "ended_on",
        lambda r: r["ending"] != "halted-for-safety",
    ),
    "days-submitted-to-first-session": lambda p: _days(
        _some(p.cases(), lambda r: r["referrals"]), "first_submitted_on", "started_on"
    ),
}  # fmt: skip


def _who(row: Row) -> Row:
    return row | {
        "who": "parents" if row["is_parent"] else "children",
        "father": "fathers" if row["is_father"] else "others",
    }


def _attendance(plain: Plain) -> Iterator[Row]:
    referrals = {(each["case_id"], each["referral_id"]): each for each in plain.rows["referral"]}
    for row in plain.about("attendance"):
        to = referrals[row["case_id"], row["referral_id"]]
        own = {"provider": to["provider"], "service": to["service"]}
        yield _who(row) | own | {"counted": True, "value": int(row["attended"] in ("yes", "late")), "per": 1}


def _children(plain: Plain) -> Iterator[Row]:
    return (row | {"unit": (row["case_id"], row["person_id"])} for row in plain.about("child"))


READINGS |= {
    "attendance": _attendance,
    "childs-views-sought": lambda p: _share(_children(p), _all, lambda r: r["views_source"] != "not-sought"),
    "childs-views-mix": lambda p: _mix(_children(p), lambda r: r["views_source"]),
    "children-taking-part": lambda p: _share(_children(p), _all, lambda r: r["takes_part"]),
    "childs-change-mix": lambda p: _mix(_children(p), lambda r: r["change"], lambda r: r["change"]),
}


def _pairs(plain: Plain, occasion: str) -> Iterator[tuple[Row, Row | None]]:
    key = ("case_id", "person_id", "instrument", "version")
    later = {tuple(row[name] for name in key): row for row in plain.rows["measure"] if row["occasion"] == occasion}
    for row in plain.about("measure"):
        if row["occasion"] != "baseline":
            continue
        ended, months = row["own"]["ended_on"], {"closure": 0}.get(occasion, 12 if "12" in occasion else 6)
        due = ended and (occasion == "closure" or months_later(ended, months) <= plain.today)
        found = later.get(tuple(row[name] for name in key))
        if due or found:
            yield _who(row), found


def _change(plain: Plain, occasion: str) -> Iterator[Row]:
    for row, later in _pairs(plain, occasion):
        yield row | {"counted": bool(later), "value": later["score"] - row["score"] if later else None, "per": 1}


def _verdict(plain: Plain, occasion: str, verdicts: tuple[str, ...], cut_off: bool) -> Iterator[Row]:
    for row, later in _pairs(plain, occasion):
        if not cut_off or (row["instrument"], row["version"]) in CUT_OFF:
            verdict = later["verdict"] if later else None
            yield row | {"counted": verdict is not None, "value": int(verdict in verdicts), "per": 1}


for _name, _occasion in (
    ("at-closure", "closure"), ("after-6-months", "follow-up-6-months"), ("after-12-months", "follow-up-12-months")
):  # fmt: skip
    READINGS[f"change-{_name}"] = lambda p, o=_occasion: _change(p, o)
    for _verdict_name, _verdicts, _cut in (
        ("reliably-better", ("recovered", "improved"), False),
        ("recovered", ("recovered",), True),
        ("reliably-worse", ("deteriorated",), False),
    ):
        READINGS[f"{_verdict_name}-{_name}"] = lambda p, o=_occasion, v=_verdicts, c=_cut: _verdict(p, o, v, c)


def _again(plain: Plain, months: int, same: bool) -> Iterator[Row]:
    came: dict[str, list[Row]] = defaultdict(list)
    for row in plain.rows["case"]:
        if row["previous_case_id"]:
            came[row["previous_case_id"]].append(row)
    for case in plain.cases():
        if not (case["started_on"] and case["ended_on"]) or case["ending"] == "halted-for-safety":
            continue
        first = min(
            came[case["case_id"]], key=lambda r: (r["again_within_months"], r["again_on"], r["case_id"]), default=None
        )
        met = first is not None and first["again_within_months"] <= months
        if same:
            met = met and bool(first["again_for_same_reason"])
        counted = months_later(case["ended_on"], months) <= plain.today
        completed = "completed" if case["completed_on"] else "stopped-earlier"
        yield case | {"counted": counted, "value": int(met), "per": 1, "completed": completed}


for _months in (6, 12):
    READINGS[f"came-again-{_months}-months"] = lambda p, m=_months: _again(p, m, same=False)
    READINGS[f"came-again-{_months}-months-same-reason"] = lambda p, m=_months: _again(p, m, same=True)


_STAGE: dict[str, Callable[[Row], Any]] = {
    "screened": lambda r: r["screened"],
    "referred": lambda r: r["screened"] and r["referred"],
    "started": lambda r: r["screened"] and r["started_on"],
}


def _reach(plain: Plain, stage: str) -> Iterator[Row]:
    for row in plain.parents():
        if _STAGE[stage](row):
            for name in GROUPS:
                yield row | {"characteristic": name, "category": row[name], "counted": True}


def _represented(plain: Plain, stage: str) -> Iterator[Row]:
    figures: dict[tuple[str, str], Row] = defaultdict(dict)
    for row in plain.rows["population"]:
        figures[row["area"], row["characteristic"]][row["code"]] = row["people"]
    reached = [*_reach(plain, stage)]
    for (area, name), codes in figures.items():
        stated = [row["category"] for row in reached if (row["area"], row["characteristic"]) == (area, name)]
        here, everybody = [each for each in stated if each in codes], sum(codes.values())
        for code, people in codes.items():
            yield {
                "area": area, "characteristic": name, "group": code, "cluster": area, "counted": True,
                "value": here.count(code), "per": len(here) * people / everybody if everybody else 0.0,
            }  # fmt: skip


for _stage in _STAGE:
    READINGS[f"reach-mix-{_stage}"] = lambda p, s=_stage: _reach(p, s)
    READINGS[f"representation-{_stage}"] = lambda p, s=_stage: _represented(p, s)


def _costs(plain: Plain, by_provider: bool, what: str) -> Iterator[Row]:
    parts: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in plain.about("referral"):
        if row["started_on"] or row["completed"] or row["sessions"]:
            parts[row["case_id"], row["provider"], row["service"]].append(row)
    whole: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for key in parts:
        whole[key if by_provider else key[:1]].append(key)
    for keys in whole.values():
        referrals = [row for key in keys for row in parts[key]]
        case = plain.case[keys[0][0]]
        times = {
            "completed-case": lambda r: r["completed"],
            "started-case": lambda r: bool(r["started_on"] or r["completed"]),
            "session": lambda r: r["sessions"],
        }
        priced = all(row["unit_cost_pence"] is not None for row in referrals)
        spent = sum(row["unit_cost_pence"] * times[row["unit_cost_for"]](row) for row in referrals) if priced else None
        per = {
            "parent": sum(
                (row["case_id"], row["started_provider"], row["started_service"]) in keys
                for row in plain.rows["parent"]
                if row["started_on"]
            ),
            "child": case["children"],
            "completed-case": int(any(row["completed"] for row in referrals)),
            "improved-child": _improved(plain, case["case_id"]),
        }[what]
        own = {"provider": keys[0][1], "service": keys[0][2]} if by_provider else {}
        yield {name: case[name] for name in DIMENSIONS} | own | {
            "cluster": case["case_id"], "counted": priced, "value": spent, "per": per
        }  # fmt: skip


for _what in ("parent", "child", "completed-case"):
    READINGS[f"cost-per-{_what}"] = lambda p, w=_what: _costs(p, by_provider=False, what=w)
    READINGS[f"cost-per-{_what}-by-provider"] = lambda p, w=_what: _costs(p, by_provider=True, what=w)
READINGS["cost-per-improved-child"] = lambda p: _costs(p, by_provider=False, what="improved-child")


def _improved(plain: Plain, case: str) -> int:
    verdicts: dict[str, set[str]] = defaultdict(set)
    for row in plain.with_("measure", "case_id", case):
        if row["occasion"] == "closure" and not row["is_parent"] and row["verdict"]:
            verdicts[row["person_id"]].add(row["verdict"])
    return sum(bool(each & {"recovered", "improved"}) and "deteriorated" not in each for each in verdicts.values())


def _payments(plain: Plain) -> Iterator[Row]:
    taken: dict[str, list[Row]] = defaultdict(list)
    for row in plain.about("referral"):
        if row["started_on"] or row["completed"] or row["sessions"]:
            taken[row["case_id"]].append(row)
    for case, referrals in taken.items():
        due: dict[str, int] = defaultdict(int)
        for row in referrals:
            if row["unit_cost_pence"] is not None:
                once = row["completed"] or (row["unit_cost_for"] == "started-case" and bool(row["started_on"]))
                times = row["sessions"] if row["unit_cost_for"] == "session" else int(once)
                due[f"{row['unit_cost_for']} {row['unit_cost_pence']}"] += times
        counted = all(row["unit_cost_pence"] is not None for row in referrals)
        for price, times in due.items():
            if times:
                yield {name: plain.case[case][name] for name in DIMENSIONS} | {
                    "price": price, "cluster": case, "counted": counted, "value": times, "per": 1
                }  # fmt: skip


READINGS["families-paid-for"] = READINGS["payments"] = _payments


def _break_even(plain: Plain) -> Iterator[Row]:
    for row in plain.rows["avoidable_cost"]:
        spent = [
            each["value"] for each in _costs(plain, False, "parent") if each["area"] == row["area"] and each["counted"]
        ]
        yield row | {"cluster": row["area"], "counted": bool(spent), "value": sum(spent), "per": row["pence"]}


READINGS["outcomes-to-break-even"] = _break_even


def _trainings(plain: Plain, modules: bool) -> Iterator[Row]:
    for row in plain.rows["training"]:
        known = row | period(row["completed_on"])
        known |= {
            "cluster": row["practitioner_id"],
            "profession": row["profession"] or "none",
            "training": row["training_id"],
        }
        if not modules:
            yield known
        for module in plain.with_("training_module", "training_id", row["training_id"]) if modules else ():
            yield known | module


def _rated(plain: Plain, value: Callable[[Row], Any], needs: tuple[str, ...]) -> Iterator[Row]:
    for row in _trainings(plain, modules=True):
        counted = all(row[name] is not None for name in needs)
        yield row | {"counted": counted, "value": value(row) if counted else None, "per": 1}


def _used(plain: Plain, modules: bool) -> Iterator[Row]:
    for row in _trainings(plain, modules):
        yield row | {"counted": row["used"] is not None, "value": int(bool(row["used"])), "per": 1}


def _screenings(plain: Plain, same: bool = False) -> Iterator[Row]:
    found = []
    for row in plain.rows["screening"]:
        if row["practitioner_id"]:
            days = [each["completed_on"] for each in plain.with_("training", "practitioner_id", row["practitioner_id"])]
            standing = "never-trained" if not days else (
                "before-training" if row["screened_on"] < min(days) else "after-training"
            )  # fmt: skip
            found.append(
                row | period(row["screened_on"])
                | {"cluster": row["practitioner_id"], "unit": row["practitioner_id"], "standing": standing}
            )  # fmt: skip
    for row in found:
        sides = {each["standing"] for each in found if each["cluster"] == row["cluster"]}
        if not same or sides == {"before-training", "after-training"}:
            yield row


READINGS |= {
    "practitioners-trained": lambda p: _share(_trainings(p, False), _all, _all),
    "practitioners-trained-in-module": lambda p: _share(_trainings(p, True), _all, _all),
    "confidence-before": lambda p: _rated(p, lambda r: r["before"], ("before", "after")),
    "confidence-after": lambda p: _rated(p, lambda r: r["after"], ("before", "after")),
    "confidence-later": lambda p: _rated(p, lambda r: r["later"], ("later",)),
    "confidence-change": lambda p: _rated(p, lambda r: r["after"] - r["before"], ("before", "after")),
    "confidence-change-later": lambda p: _rated(p, lambda r: r["later"] - r["before"], ("before", "later")),
    "training-used": lambda p: _used(p, False),
    "training-used-of-module": lambda p: _used(p, True),
    "screeners-trained-mix": lambda p: _mix(
        _screenings(p), lambda r: "not-trained" if r["standing"] == "never-trained" else "trained"
    ),
}
for _ending, _same in (("", False), ("-of-the-same", True)):
    READINGS[f"screenings-complete{_ending}"] = lambda p, s=_same: _share(
        _screenings(p, s), _all, lambda r: r["decision"] != "more-information"
    )
    READINGS[f"screenings-referring{_ending}"] = lambda p, s=_same: _share(
        _screenings(p, s), _all, lambda r: r["decision"] == "refer"
    )
