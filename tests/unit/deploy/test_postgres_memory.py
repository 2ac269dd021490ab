"""How much memory the embedded PostgreSQL is given for its own cache."""

import pytest

from deploy.local.postgres import shared_buffers_mb


@pytest.mark.parametrize(("gib", "mib"), [(0.5, 128), (8, 1024), (24, 2048), (256, 2048)])
def test_it_is_an_eighth_of_the_machines_within_bounds(gib: float, mib: int) -> None:
    assert shared_buffers_mb(int(gib * 2**30)) == mib
