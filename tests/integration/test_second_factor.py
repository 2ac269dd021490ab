"""A second factor, by a real Keycloak: who is asked for one, who sets it up, and what lets nobody in without it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.demo.browser import Browser, signed_in_by_device
from deploy.directory.people import People
from deploy.stack import identity as provider
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.keycloak_admin import KeycloakAdmin
from deploy.stack.realm import CONFIGURATOR
from deploy.stack.sign_in import claims_of
from shared.access.accounts import Person
from shared.people.accounts import REALM
from tests.support.authenticator import Authenticator
from tests.support.sign_in import Proof, SignIn

PASSWORD = "a password of twelve and more"
AREA = "E10000014"


@pytest.fixture(scope="module", autouse=True)
def asked(identity: Stack) -> Iterator[Stack]:
    """The realm as an authority gets it; other tests of this process ask nobody."""
    provider.bring_up_to_date(replace(identity, second_factor=None))
    yield identity
    provider.bring_up_to_date(identity)


@pytest.fixture
def add(identity: Stack) -> Callable[..., Person]:
    def added(role: str, **of: Any) -> Person:
        person = Person(f"f.{uuid4().hex[:8]}", (role,), **of)
        with People(identity) as people:
            people.add(person, password=PASSWORD)
        return person

    return added


class SigningIn:
    """A browser of their own, after the password."""

    def __init__(self, stack: Stack, person: Person) -> None:
        self.client = SignIn(stack, "parley-pages", stack.identity_secret("parley-pages"))
        self.browser, self.proof = Browser(stack), Proof.new()
        opened = self.browser.open(self.client.address(self.proof))
        self.page = self.browser.submit(opened, username=person.name, password=PASSWORD)

    def sends(self, **values: str) -> httpx.Response:
        self.page = self.browser.submit(self.page, **values)
        return self.page


def test_whoever_sees_most_sets_a_second_factor_up_and_is_asked_for_it(
    identity: Stack, add: Callable[..., Person]
) -> None:
    person = add("coordinator", areas=(AREA,))
    first = SigningIn(identity, person)
    assert not first.page.is_redirect
    app = Authenticator.of(first.page)
    assert not first.sends(totp="000000", userLabel="").is_redirect
    assert first.sends(totp=app.code(), userLabel="").is_redirect
    # From now on the password is not enough, nor a wrong code, nor one that somebody has read over a shoulder.
    second = SigningIn(identity, person)
    assert not second.sends(otp="000000").is_redirect
    used = app.code(1)
    assert second.sends(otp=used).is_redirect
    third = SigningIn(identity, person)
    assert not third.sends(otp=used).is_redirect
    with pytest.raises(ParleyError, match="second factor"):
        signed_in_by_device(identity, person.name, PASSWORD)
    # After a lost telephone an administrator takes it away, and what they were signed in to ends.
    code = httpx.QueryParams(second.page.headers["location"].partition("?")[2])["code"]
    tokens = second.client.code(code, second.proof).json()
    with People(identity) as people:
        assert people.reset_second_factor(person.name) == 1
    assert second.client.refresh(tokens["refresh_token"]).status_code == 400
    assert Authenticator.of(SigningIn(identity, person).page)
    # The role that asks for it is in no token.
    assert claims_of(tokens["access_token"])["roles"] == ["coordinator"]


@pytest.mark.parametrize(("role", "is_asked"), [("operator", True), ("team-manager", True), ("trainer", False)])
def test_it_goes_by_the_role(identity: Stack, add: Callable[..., Person], role: str, is_asked: bool) -> None:
    of = {"team-manager": {"agency": "hants-schools"}, "trainer": {"areas": (AREA,)}}.get(role, {})
    assert SigningIn(identity, add(role, **of)).page.is_redirect is not is_asked


def test_a_home_may_ask_others_and_what_somebody_changes_by_hand_is_put_right(
    identity: Stack, add: Callable[..., Person]
) -> None:
    person = add("trainer", areas=(AREA,))
    by_default = replace(identity, second_factor=None)
    assert provider.bring_up_to_date(by_default) == []
    changed = provider.bring_up_to_date(replace(identity, second_factor=("trainer", "operator")))
    assert "second factor of trainer" in changed
    assert "second factor of operator" not in changed
    assert not SigningIn(identity, person).page.is_redirect
    secret = identity.identity_secret(CONFIGURATOR)
    with KeycloakAdmin(identity.identity_url, REALM, CONFIGURATOR, secret, transport=identity.transport()) as admin:
        flow = admin.get("")["browserFlow"]
        path = f"/authentication/flows/{flow}/executions"
        [needed] = [each for each in admin.get(path) if each["displayName"] == f"{flow}-needs"]
        admin.put(path, {**needed, "requirement": "DISABLED"})
        assert SigningIn(identity, person).page.is_redirect
        assert "the way of signing in" in provider.bring_up_to_date(by_default)
        flows = [each["alias"] for each in admin.get("/authentication/flows") if each["alias"].startswith("parley")]
        assert len(flows) == 1
    assert provider.bring_up_to_date(by_default) == []
    assert SigningIn(identity, person).page.is_redirect


def test_tokens_are_signed_by_a_key_of_128_bits_and_pages_load_nothing_from_elsewhere(identity: Stack) -> None:
    client = SignIn(identity)
    keys = client.keys()["keys"]
    assert [(key["kty"], key["crv"], key["alg"]) for key in keys] == [("EC", "P-256", "ES256")]
    policy = Browser(identity).open(client.address(Proof.new())).headers["content-security-policy"]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    none = ("default-src", "object-src", "base-uri", "frame-ancestors", "frame-src")
    assert {rules[name] for name in none} == {"'none'"}
    assert not re.search(r"\*|https?:", policy)
