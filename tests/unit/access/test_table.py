"""The table of access: nobody reaches further than a row says, and the rows keep the rules that hold for all."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.access_matrix import documents
from deploy.cli.main import app
from deploy.cli.rights import ACTIONS_OF_COMMANDS, ASK_NO_SERVICE
from services import MANIFESTS
from shared.access.actions import Action
from shared.access.errors import RightMissingError
from shared.access.principal import Machine, Principal
from shared.access.requests import ANONYMOUS, OF_EVERY_SERVICE, action_of
from shared.access.roles import Purpose, Role
from shared.access.scopes import Belonging, Scope
from shared.access.table import TABLE, About, is_allowed, reach_of, require

AREAS = st.sampled_from(["E10000014", "E10000030", "E06000009"])
AGENCIES = st.one_of(st.none(), st.sampled_from(["hants-mash", "hants-schools"]))
PROVIDERS = st.one_of(st.none(), st.sampled_from(["relate", "north"]))
PEOPLE = st.builds(
    Principal,
    subject=st.just("s"),
    username=st.just("u"),
    roles=st.frozensets(st.sampled_from(Role)),
    areas=st.frozensets(AREAS),
    agency=AGENCIES,
    provider=PROVIDERS,
)
BELONGINGS = st.builds(Belonging, st.frozensets(AREAS), AGENCIES, PROVIDERS)
ACTIONS = st.sampled_from(Action)


def expected(person: Principal, action: Action, record: Belonging) -> bool:
    """The table's meaning, said role by role."""
    shared_area = bool(person.areas & record.areas)
    not_elsewhere = shared_area or not person.areas
    for role in person.roles:
        match TABLE[action].roles.get(role):
            case Scope.EVERYWHERE:
                return True
            case Scope.AREA if shared_area:
                return True
            case Scope.AGENCY if not_elsewhere and person.agency and person.agency == record.agency:
                return True
            case Scope.PROVIDER if not_elsewhere and person.provider and person.provider == record.provider:
                return True
    return False


@given(person=PEOPLE, action=ACTIONS, record=BELONGINGS)
def test_whoever_asks_for_whatever_reaches_what_the_table_gives(
    person: Principal, action: Action, record: Belonging
) -> None:
    assert is_allowed(person, action, record) is expected(person, action, record)
    assert is_allowed(person, action) is any(role in TABLE[action].roles for role in person.roles)
    whole = reach_of(person, action).whole_areas
    if whole is not None and set(whole) & record.areas:
        assert is_allowed(person, action, record)


@given(person=PEOPLE, action=ACTIONS)
def test_a_right_that_is_missing_is_named_with_who_has_it(person: Principal, action: Action) -> None:
    if is_allowed(person, action):
        assert require(person, action) == reach_of(person, action)
        return
    with pytest.raises(RightMissingError, match=f"the right {action}, which these roles have") as refused:
        require(person, action)
    assert refused.value.right == action


def test_the_rules_that_hold_for_every_row() -> None:
    assert set(TABLE) == set(Action)
    own = {Scope.AREA, Scope.AGENCY, Scope.PROVIDER}
    for action, rule in TABLE.items():
        assert rule.roles, f"nobody has {action}"
        if rule.about is About.MACHINERY:
            assert set(rule.roles) == {Role.OPERATOR}, f"{action}: the machinery is the operator's"
            continue
        assert Role.OPERATOR not in rule.roles, f"{action}: the operator sees the machinery alone"
        assert not rule.machines, f"{action}: no token of the stack's own reaches more than the machinery"
        if rule.about is About.PUBLISHED:
            continue
        assert Role.ANALYST not in rule.roles, f"{action}: analysts see what is published"
        if action is Action.CASES_OPEN_IN_EMERGENCY:
            # Beyond one's own, and never for whom a family is kept from.
            assert set(rule.roles.values()) == {Scope.BEYOND}
            assert set(rule.roles) == {Role.COORDINATOR, Role.TEAM_MANAGER}
            continue
        assert set(rule.roles.values()) <= own, f"{action}: of families and people only what is one's own"
        for role in (Role.PRACTITIONER, Role.TEAM_MANAGER):
            if rule.about is About.FAMILIES:
                assert rule.roles.get(role, Scope.AGENCY) is Scope.AGENCY, f"{action}: {role} beyond the agency"


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_of_the_stack_s_own_does_what_it_is_for(purpose: Purpose) -> None:
    allowed = {action for action in Action if is_allowed(Machine(purpose), action)}
    assert allowed == {action for action, rule in TABLE.items() if purpose in rule.machines}
    assert all(TABLE[action].about is About.MACHINERY for action in allowed)
    if purpose is Purpose.METRICS:
        assert allowed == {Action.METRICS_READ}


def test_a_request_that_is_in_no_list_is_nobody_s() -> None:
    own = {"GET /facts": Action.FACTS_READ.value}
    assert action_of(own, "GET", "/facts") is Action.FACTS_READ
    assert action_of(own, "HEAD", "/facts") is Action.FACTS_READ
    assert action_of(own, "HEAD", "/status") is Action.STATUS_READ
    assert action_of(own, "POST", "/facts") is None
    assert action_of({}, "GET", "/facts") is None
    taken = {request for manifest in MANIFESTS for request in manifest.requests}
    assert not taken & (set(OF_EVERY_SERVICE) | ANONYMOUS)


def _commands(group: object, path: tuple[str, ...] = ()) -> set[str]:
    found = getattr(group, "commands", None)
    if found is None:
        return {" ".join(path)}
    below = {name for at, each in found.items() for name in _commands(each, (*path, at))}
    return below | ({" ".join(path)} if path and getattr(group, "invoke_without_command", False) else set())


def test_every_command_has_its_rights_and_every_right_a_use() -> None:
    commands = _commands(typer.main.get_command(app))
    assert commands == set(ACTIONS_OF_COMMANDS) | ASK_NO_SERVICE
    requested = {Action(name) for manifest in MANIFESTS for name in manifest.requests.values()}
    requested |= set(OF_EVERY_SERVICE.values()) | {Action.HEALTH_READ}
    assert requested == set(Action)
    assert {action for actions in ACTIONS_OF_COMMANDS.values() for action in actions} <= requested


def test_what_is_committed_is_what_the_table_holds() -> None:
    stale = [path.name for path, text in documents().items() if not path.exists() or path.read_text() != text]
    assert not stale, "run `make contracts` and look at what changed"
