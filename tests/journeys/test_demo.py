"""The demo as a commissioner, a provider and an attacker would see it."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from deploy.demo.run import run_demo
from deploy.rebuild.log import read_to_end
from deploy.stack.services import SERVICE_NAMES, WITH_CHANGELOG
from tests.journeys.conftest import Journey, Silent
from tests.journeys.kafka_console import console_consumer

POSTCODE = re.compile(rb"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}")
# Of a demo that was left alone: `make demo`, then `parley summary --json` as demo-analyst, without its dead letters.
SUMMARY = Path(__file__).with_name("demo_summary.json")
EXPECTED = Path(__file__).parents[2] / "examples" / "front-door" / "expected.jsonl"


def expected() -> list[dict[str, Any]]:
    return [json.loads(line) for line in EXPECTED.read_text().splitlines()]


def differing(found: Any, kept: Any, where: str = "") -> list[str]:
    """Where two summaries show different numbers. What protects a small count may be another on another machine, so
    what either of them holds back is not compared, nor what follows from it: amounts and funnel plots.
    """
    if found is None or kept is None or (isinstance(found, dict) and (found.get("held") or kept.get("held"))):
        return []
    if isinstance(found, dict) and isinstance(kept, dict) and found.keys() == kept.keys():
        names = found.keys() - {"funnels", "money"} if found.get("name") != "cost" else ()
        return [each for name in names for each in differing(found[name], kept[name], f"{where}/{name}")]
    if isinstance(found, list) and isinstance(kept, list) and len(found) == len(kept):
        pairs = enumerate(zip(found, kept, strict=True))
        return [each for number, (one, other) in pairs for each in differing(one, other, f"{where}/{number}")]
    return [] if found == kept else [f"{where}: {found} and {kept}"]


def records_of(journey: Journey, *topics: str, user: str | None = None) -> list[Any]:
    """Every record of these topics from their start to their end, as a user (the administrator where none is named)."""
    stack = journey.demo.stack
    properties = stack.client_properties(user) if user else stack.admin_properties()
    consumer = Consumer(
        {**properties, "group.id": f"{user or 'admin'}.journey-test", "enable.auto.commit": False, "log_level": 0}
    )
    try:
        known = consumer.list_topics(timeout=30).topics
        places = [TopicPartition(topic, each, 0) for topic in topics for each in known[topic].partitions]
        wanted = sum(consumer.get_watermark_offsets(place, timeout=30)[1] for place in places)
        consumer.assign(places)
        found: list[Any] = []
        deadline = time.monotonic() + 60
        while len(found) < wanted and time.monotonic() < deadline:
            found += [record for record in consumer.consume(500, timeout=1) if not record.error()]
        # Services go on writing meanwhile, if only anchors of their audits.
        assert len(found) >= wanted
        return found
    finally:
        consumer.close()


def contacts(text: bytes) -> set[bytes]:
    """Whatever has an at sign, and whatever looks like a postcode."""
    # Not by one expression: it would begin again at each letter of a long sealed value, to look for an at sign.
    return {word for word in re.split(rb'["\s]+', text) if b"@" in word} | set(POSTCODE.findall(text))


def ce_type(record: Any) -> str:
    return str(dict(record.headers())["ce_type"].decode())


def all_topics(journey: Journey, start: str, end: str) -> list[str]:
    consumer = Consumer({**journey.demo.stack.admin_properties(), "group.id": "admin.names", "log_level": 0})
    names = list(consumer.list_topics(timeout=30).topics)
    consumer.close()
    return sorted(name for name in names if name.startswith(start) and name.endswith(end))


def test_every_screening_is_decided_by_the_rules(journey: Journey) -> None:
    with journey.client() as client:
        lines = [json.loads(line) for line in client.lines("screening", "/decisions")]
    decided = {line["submission_id"]: (line["decision"], line["reasons"], line["service"]) for line in lines}
    assert len(lines) == len(decided)
    assert decided == {
        each["submission_id"]: (each["decision"], each["reasons"], each["service"])
        for each in expected()
        if each["outcome"] == "screened"
    }


def test_the_dead_letters_are_exactly_the_broken_records(journey: Journey) -> None:
    broken = [each for each in expected() if each["outcome"] == "dead-letter"]
    with journey.client() as client:
        letters = client.get("screening", "/dead-letters")["items"]
        others = {
            service: client.get(service, "/dead-letters")["items"]
            for service in SERVICE_NAMES
            if service != "screening"
        }
    assert len(letters) == len(broken)
    assert not any(others.values()), others
    assert all(finding["field"] and finding["rule"] for letter in letters for finding in letter["findings"])
    published = records_of(journey, *all_topics(journey, "front-door.", ".screenings.dead-letters"))
    # A relay that is killed between sending and deleting sends again, under the same id.
    assert len({dict(record.headers())["ce_id"] for record in published}) == len(broken)


def test_no_case_with_a_sign_of_abuse_goes_on_to_a_provider(journey: Journey) -> None:
    screenings = [json.loads(record.value()) for record in records_of(journey, "screening-completed")]
    abuse = {each["case_id"] for each in screenings if each["decision"] == "domestic-abuse-pathway"}
    referred_first = {each["case_id"] for each in screenings if each["decision"] == "refer"}
    assert abuse
    referrals = records_of(journey, *all_topics(journey, "provider.", ".referrals"))
    sent = [record for record in referrals if json.loads(record.value())["case_id"] in abuse]
    # A case that was referred before the sign came is stopped, in the words of any other stop.
    assert {json.loads(record.value())["case_id"] for record in sent} <= referred_first
    last = {(record.topic(), record.key()): ce_type(record) for record in sent}
    assert set(last.values()) <= {"parley.referral-stopped.v1"}


def test_the_topics_hold_no_contact_data_in_the_clear(journey: Journey) -> None:
    lines = (EXPECTED.with_name("submissions.jsonl")).read_text().splitlines()
    secrets = set()
    for line in lines:
        value = json.loads(line)["value"]
        if value.endswith("}"):
            for parent in json.loads(value).get("parents", ()):
                contact = parent["contact"]
                secrets |= {contact["email"].encode(), contact["address"]["postcode"].encode()}
    readable = [
        topic
        for topic in all_topics(journey, "", "")
        if not topic.startswith("__") and not topic.endswith((".screenings", ".changelog"))
    ]
    values = [record.value() for record in records_of(journey, *readable)]
    for changelog in all_topics(journey, "", ".changelog"):
        for records in read_to_end(journey.demo.stack.admin_properties(), changelog, 0, lambda *_: None):
            values += [record.value() for record in records]
    text = b"\n".join(value or b"" for value in values)
    assert all(contacts(secret) for secret in secrets)
    # Thousands of secrets are looked for in what could hold one, which is a small part of the text.
    suspects = b"\n".join(contacts(text))
    assert not [secret for secret in secrets if secret in suspects]


OWN, OTHERS = "provider.mediation-now.referrals", "provider.relate.referrals"
PROVIDER = "provider.mediation-now"


def refusal(journey: Journey, topic: str, user: str) -> int:
    """What the broker answers a user who asks for a topic; 0 where it lets them."""
    consumer = Consumer({**journey.demo.stack.client_properties(user), "group.id": f"{user}.refusal", "log_level": 0})
    try:
        error = consumer.list_topics(topic, timeout=20).topics[topic].error
        return error.code() if error else 0
    finally:
        consumer.close()


def test_a_provider_reads_its_own_topic_and_is_refused_every_other(journey: Journey) -> None:
    assert records_of(journey, OWN, user=PROVIDER)
    assert refusal(journey, OWN, PROVIDER) == 0
    for refused in (OTHERS, "screening-completed", "parent-details-sealed", "front-door.hants-schools.progress"):
        assert refusal(journey, refused, PROVIDER) == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_kafkas_own_console_consumer_reads_it_too(journey: Journey) -> None:
    read = console_consumer(journey.home, PROVIDER, OWN, count=1)
    assert json.loads(read.stdout.splitlines()[0])["case_id"]
    refused = console_consumer(journey.home, PROVIDER, OTHERS, count=1)
    assert refused.stdout.strip() == ""
    assert "Processed a total of 0 messages" in refused.stderr


def test_run_again_it_ends_in_the_same_state(journey: Journey) -> None:
    before = journey.end_state()
    run_demo(journey.home, Silent())
    assert journey.end_state() == before


def test_every_service_killed_on_the_way_the_end_is_that_of_a_demo_left_alone(journey: Journey) -> None:
    assert sorted(journey.killed) == sorted(SERVICE_NAMES)
    assert differing(journey.end_state()["summary"], json.loads(SUMMARY.read_text())) == []


def parley(journey: Journey, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["parley", *arguments],
        capture_output=True,
        text=True,
        env={"PARLEY_HOME": str(journey.home.path), "PATH": str(Path(sys.executable).parent)},
        timeout=120,
    )


def test_every_database_comes_back_from_its_changelog_row_by_row(journey: Journey) -> None:
    done = parley(journey, "rebuild")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("yes, every row") == len(WITH_CHANGELOG)


def test_the_command_shows_what_became_of_them(journey: Journey, tmp_path: Path) -> None:
    nobody = parley(journey, "summary", "--output", str(tmp_path))
    assert nobody.returncode == 1
    for part in ("Nobody is signed in here", "summary.read", "analyst", "parley sign-in"):
        assert part in nobody.stderr
    assert "You are demo-analyst: analyst." in parley(journey, "sign-in", "--as", "demo-analyst").stdout
    shown = parley(journey, "summary", "--output", str(tmp_path))
    assert "6,110" in shown.stdout
    assert list(tmp_path.glob("*.png"))
