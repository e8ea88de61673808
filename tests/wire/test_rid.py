"""The grammar of resource identifiers."""

import pytest

from sim.wire.rid import is_rid


@pytest.mark.parametrize(
    "text",
    [
        "ri.foundry-ml-live.main.live-deployment.8a1b2c3d-0000-4000-8000-000000000001",
        "ri.magritte..source.1111",
        "ri.a.0-b.c.D_e.f-G",
    ],
)
def test_a_resource_identifier_is_one(text: str) -> None:
    """Five parts, of which the instance may be empty and the locator may have dots."""
    assert is_rid(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "ri", "ri.a.b.c", "ri.a.b.c.", "ri.A.b.c.d", "ri.1.b.c.d", "ri..b.c.d", "ri.a.-b.c.d",
        "ri.a.b..d", "rj.a.b.c.d", "ri.a.b.c.d e", "ri.a.b.c.d\n", "xri.a.b.c.d", "ri.a.b.c.é",
    ],
)  # fmt: skip
def test_other_texts_are_none(text: str) -> None:
    """Nothing before, nothing after, no capitals but in the locator."""
    assert not is_rid(text)
