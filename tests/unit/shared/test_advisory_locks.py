"""Advisory locks: each with its own number and reason, and taken by name alone."""

import re
from pathlib import Path

from shared.postgres.locks import AdvisoryLock

_ROOT = Path(__file__).parents[3]
_CALL = re.compile(r"pg_(?:try_)?advisory_\w*lock\w*\([^)]*\)[^\n]*")


def test_no_two_share_a_number_and_each_gives_a_reason() -> None:
    numbers = [lock.number for lock in AdvisoryLock.__members__.values()]
    assert len(set(numbers)) == len(numbers) == len(AdvisoryLock)
    assert len({lock.reason for lock in AdvisoryLock}) == len(numbers)
    assert all(len(lock.reason) > 20 for lock in AdvisoryLock)


def test_each_is_taken_by_its_name_and_none_is_left_unused() -> None:
    """A number anywhere else would not be seen by the test above."""
    taken: list[tuple[str, str]] = []
    for folder in ("shared", "services", "deploy"):
        for file in (_ROOT / folder).rglob("*.py"):
            code = file.read_text()
            for call in _CALL.findall(code):
                # A leader's lock is an argument of the one loop in which leaders are elected.
                by_name = re.search(r"AdvisoryLock\.\w+\.number", call) or file.name == "leader_election.py"
                assert by_name, f"{file.relative_to(_ROOT)}: {call}"
            if file.name != "locks.py":
                owner = "/".join(file.relative_to(_ROOT).parts[:2])
                taken += [(owner, lock) for lock in set(re.findall(r"AdvisoryLock\.([A-Z_]+)\b", code))]
        for file in (_ROOT / folder).rglob("*.sql"):
            assert "advisory" not in file.read_text(), file
    assert {lock for _, lock in taken} == set(AdvisoryLock.__members__)
    assert len(set(taken)) == len(taken), "in a service's database each lock has one place that takes it"
