"""A sign-in under way belongs to the browser that began it, and to nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.sessions import Tokens, _opened, _sealed
from shared.web.sign_in_secrets import SignInSecrets

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
LONGEST = timedelta(minutes=30)


def test_a_state_leads_back_in_its_own_browser_and_in_time_alone() -> None:
    begun = SignInSecrets.begin("cookie", "/referral/pages/worklist", NOW)
    assert SignInSecrets("cookie", begun.state).read(NOW + LONGEST, LONGEST) == "/referral/pages/worklist"
    assert SignInSecrets("another", begun.state).read(NOW, LONGEST) is None
    assert SignInSecrets("cookie", begun.state).read(NOW + LONGEST + timedelta(seconds=1), LONGEST) is None
    assert SignInSecrets("cookie", begun.state).read(NOW - timedelta(seconds=1), LONGEST) is None


@given(st.text(max_size=200), st.text(max_size=80))
def test_no_other_state_is_taken(state: str, cookie: str) -> None:
    assert SignInSecrets(cookie, state).read(NOW, LONGEST) is None


def test_two_sign_ins_of_one_browser_share_no_secret() -> None:
    one, other = (SignInSecrets.begin("cookie", "/", NOW) for _ in range(2))
    assert len({one.nonce, other.nonce, one.verifier, other.verifier, one.challenge, other.challenge}) == 6
    assert len(one.verifier) == 43


@pytest.mark.parametrize("cookie", ["", "another"])
def test_a_session_opens_with_its_own_cookie_alone(cookie: str) -> None:
    tokens = Tokens("access", "refresh", "r.malik")
    sealed = _sealed("cookie", tokens)
    held = _opened("cookie", sealed)
    assert held is not None
    assert held.tokens == tokens
    assert _opened(cookie, sealed) is None
    assert b"refresh" not in sealed
