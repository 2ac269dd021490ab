"""What `parley bench` makes of figures, and that both sides get the same bytes."""

import hashlib
import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from deploy.bench.cpu_usage import CpuUsage
from deploy.bench.debezium_jars import not_as_listed
from deploy.bench.families import make_mixed_families
from deploy.bench.history import EVENTS_PER_CASE, make_history
from deploy.bench.machine import Quiet
from deploy.bench.pathway import Handlings, batches_of_a_case, cost_of_a_case, cost_of_a_small_batch
from deploy.bench.rebuilt_rows import COLUMNS, CONTRACTS, rows_of
from deploy.bench.records import VALUE_BYTES, make_records
from deploy.bench.report import as_entries, as_markdown, write_report
from deploy.bench.results import ROUNDS, Part, Run, merged
from deploy.bench.rounds import Comparison, Side, interleave, percentile, rates, shown
from deploy.cli.main import app
from deploy.stack.errors import ParleyError
from services.outcomes.domain.readings import COLUMNS as KEPT_COLUMNS
from services.outcomes.domain.readings import READINGS
from shared.contracts.referral import SessionRecorded

RUN = Run(datetime(2026, 4, 1, 9, tzinfo=UTC), "a machine", "quiet", 3, {"somebody": "pip install somebody"})


def comparison(ours: list[float], peer: list[float] | None, **more: object) -> Comparison:
    theirs = None if peer is None else Side("peer", peer, 20.0)
    return Comparison("line", "rows/s", Side("ours", ours, 10.0), theirs, **more)  # type: ignore[arg-type]


def part(*comparisons: Comparison, line: str = "relay", run: Run = RUN) -> Part:
    return Part(line, run, list(comparisons))


def quiet() -> Quiet:
    return Quiet(0, lambda _text: None)


def test_records_are_events_of_the_contract_and_all_of_one_size() -> None:
    records = list(make_records(200, seed=1))
    assert {len(record.value) for record in records} == {VALUE_BYTES}
    assert len({record.id for record in records}) == 200
    assert len({record.key for record in records}) == 40
    for record in records:
        event = SessionRecorded.model_validate_json(record.value)
        assert str(event.case_id).encode() == record.key
        assert dict(record.headers)["ce_id"] == str(record.id)


def test_the_same_seed_makes_the_same_records() -> None:
    first, again, other = ([(r.id, r.key, r.value) for r in make_records(50, seed)] for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_events_of_a_case_of_the_history_are_in_order() -> None:
    history = list(make_history(3, seed=1))
    assert len(history) == 3 * EVENTS_PER_CASE
    of_one = [each for each in history if each.key == history[0].key]
    assert of_one[0].topic == "screening-completed"
    assert [json.loads(each.value)["sequence"] for each in of_one[1:]] == list(range(1, EVENTS_PER_CASE))


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([50, 99, 100]))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)


def test_every_side_is_measured_in_every_round_and_no_side_is_always_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Quiet, "wait", lambda _self: None)
    order: list[str] = []

    def side(name: str) -> object:
        return lambda: order.append(name) or {"count": 10, "seconds": 2.0, "peak_mb": 1.0}

    done = interleave(2, {"a": side("a"), "b": side("b")}, quiet(), lambda _text: None)  # type: ignore[dict-item]
    assert order == ["a", "b", "b", "a"]
    assert rates("a", done["a"]).values == [5.0, 5.0]


def test_a_target_is_at_least_for_rates_and_at_most_for_latency() -> None:
    assert comparison([70, 71, 69], [100, 100, 100], target=0.7).met is True
    assert comparison([69], [100], target=0.7).met is False
    assert comparison([190], [100], target=2.0, less_is_better=True).met is True
    assert comparison([210], [100], target=2.0, less_is_better=True).met is False
    assert comparison([1], [1]).met is None
    assert comparison([1], None).ratio is None


def test_entries_hold_exactly_what_was_promised() -> None:
    entries = as_entries([comparison([1000, 3000, 2000], [1000], target=0.7), comparison([5], None)])
    assert entries[0] == {
        "name": "line",
        "value": 2000,
        "unit": "rows/s",
        "peer": "peer",
        "peer_value": 1000,
        "ratio": 2.0,
    }
    assert entries[1]["peer"] is entries[1]["peer_value"] is entries[1]["ratio"] is None


def test_the_page_names_peers_not_measured_and_targets_not_met() -> None:
    page = as_markdown([part(comparison([50], [100], target=0.7))])
    assert "**not met**" in page
    assert "Not measured: somebody. To get it: pip install somebody." in page
    assert "a machine" in page


def test_a_report_is_a_page_entries_and_a_picture_and_the_same_results_make_the_same_files(tmp_path: Path) -> None:
    results = [comparison([50, 60, 70], [100, 90, 110], target=0.7), comparison([5], None)]
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        write_report([part(*results)], folder)
    for name in ("benchmarks.md", "benchmarks.json", "benchmarks.svg", ROUNDS):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    assert len(json.loads((folders[0] / "benchmarks.json").read_text())) == 2


def test_a_run_keeps_the_lines_that_an_earlier_one_measured_and_replaces_its_own(tmp_path: Path) -> None:
    order = ("relay", "consumer", "history")
    earlier = [
        part(comparison([50, 60, 70], [100], target=0.7, note="so many samples")),
        part(comparison([5], None), line="history"),
    ]
    write_report(merged(earlier, order, tmp_path), tmp_path)
    later = replace(RUN, began=RUN.began + timedelta(days=2), machine="another machine")
    new = [
        part(comparison([7], [8]), line="consumer", run=later),
        part(comparison([6], None), line="history", run=later),
    ]
    all_of_them = merged(new, order, tmp_path)
    assert all_of_them == [earlier[0], *new]
    page = as_markdown(all_of_them)
    assert "Measured on 01 April 2026: relay.\n\n- Machine: a machine." in page
    assert "Measured on 03 April 2026: consumer, history.\n\n- Machine: another machine." in page


def test_unreadable_rounds_are_reported_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / ROUNDS).write_text("[{}]")
    result = CliRunner().invoke(app, ["bench", "--only", "relay", "--output", str(tmp_path)])
    assert isinstance(result.exception, ParleyError)
    assert ROUNDS in str(result.exception)
    assert "--output" in str(result.exception)


def test_figures_have_no_more_digits_than_meaning() -> None:
    assert [shown(value) for value in (43_210.7, 12.34, 0.123)] == ["43,211", "12.3", "0.12"]


def test_an_unknown_line_is_one_clear_message() -> None:
    result = CliRunner().invoke(app, ["bench", "--only", "everything"])
    assert result.exit_code == 2
    assert "none of relay, consumer" in result.output.replace("\n", " ")


def test_the_page_shows_samples_and_floors_and_a_floor_is_no_line_of_ours() -> None:
    floor = Comparison("least of a rebuild: kept", "events/s", Side("kept", [50]), Side("bare", [100]), is_floor=True)
    line = comparison([10], [20], note="300 samples in each of 3 rounds")
    page = as_markdown([part(line, floor)])
    assert "- line: 300 samples in each of 3 rounds." in page
    table, _, section = page.partition("## Where the time of a rebuild goes")
    assert "kept" not in table.split("| line |")[1]
    assert "| kept | 50.0 | 50.0 to 50.0 | 20,000 | 0.50 |" in section
    assert [entry["name"] for entry in as_entries([line, floor])] == ["line", "least of a rebuild: kept"]


@pytest.mark.parametrize("option", [["--processes", "0"], ["--history", "many"], ["--history", "1,,2"]])
def test_a_list_of_numbers_that_is_none_is_one_clear_message(option: list[str]) -> None:
    result = CliRunner().invoke(app, ["bench", *option])
    assert result.exit_code == 2
    assert option[0] in result.output


def test_families_of_a_history_are_as_many_referred_as_asked_for_and_all_different() -> None:
    families = [json.loads(family.value) for family in make_mixed_families(200, 20, small=True)]
    two = [family for family in families if len(family["parents"]) > 1]
    assert len(two) == 10
    assert len({family["family_ref"] for family in families}) == 200
    phones = [parent["contact"]["phone"] for family in families for parent in family["parents"]]
    assert len(set(phones)) == len(phones) > 200


def test_a_jar_that_is_cut_off_missing_or_of_nobodys_list_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "jars").mkdir()
    for name, content in (("a.jar", b"whole"), ("b.jar", b"cut"), ("d.jar", b"unknown")):
        (tmp_path / "jars" / name).write_bytes(content)
    digests = {name: hashlib.sha256(b"whole").hexdigest() for name in ("a.jar", "b.jar", "c.jar")}
    assert not_as_listed(tmp_path, digests) == {"b.jar", "c.jar", "d.jar"}


def test_cpu_time_is_reported_by_program() -> None:
    usage = CpuUsage({"this": [os.getpid()]})
    usage.begin()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    usage.end()
    assert 0.02 < usage.seconds()["this"] < 5


def test_what_a_case_costs_is_the_median_of_the_rounds() -> None:
    rounds: list[dict[str, Any]] = [
        {
            "count": 10,
            "processor_s": {"the services": 3 * seconds, "Kafka": seconds},
            "service_s": {"families": seconds, "referral": 2 * seconds},
            "pages": {"found": 50, "read": 5},
            "handlings": {"families": Handlings(2, 10), "referral": Handlings(3, 20)},
        }
        for seconds in (0.1, 0.2, 9)
    ]
    assert cost_of_a_case(rounds) == (
        "of a processor's time a case takes of the services 60.0 ms (referral 40.0, families 20.0), Kafka 20.0 ms; "
        "PostgreSQL finds 5.0 pages in its own memory for it and reads 0.50"
    )
    assert batches_of_a_case(rounds) == "3.0 events are handled for it, 6.0 in a batch"


def test_a_small_batch_costs_what_its_service_needs() -> None:
    done = {
        "service_s": {"families": 0.02, "referral": 0.03, "workforce": 0.0},
        "handlings": {"families": Handlings(10, 10), "referral": Handlings(10, 15), "workforce": Handlings(0, 0)},
    }
    assert cost_of_a_small_batch(done) == (
        "one family at a time, a batch of 1.2 events takes 2.5 ms of the services (referral 3.0, families 2.0)"
    )


def test_the_rows_that_a_floor_writes_are_those_that_outcomes_keeps() -> None:
    for each in make_history(3, seed=8):
        reading = READINGS[CONTRACTS[each.topic]]
        ours = reading.rows(reading.json.validate_json(each.value)).rows
        floor = list(rows_of(CONTRACTS[each.topic].model_validate_json(each.value)))
        assert [(table, [str(value) for value in values if value not in ((), [])]) for table, values in floor] == [
            (table, [str(value) for value in values if value not in ((), [])]) for table, values in ours
        ]
        assert all(COLUMNS[table] == KEPT_COLUMNS[table] for table, _ in floor)
