"""Status and time without service, in words."""

from typing import Any

import pytest

from build_summary import MIDNIGHT, joined, quiet
from sim.text.status_words import lines


def said(scaling: dict[str, Any] | None = None, /, **status: Any) -> str:
    """Return what is said of a deployment with these figures."""
    return joined(lines(quiet(status=status, scaling=scaling or {}), MIDNIGHT))


def test_where_all_was_well_nothing_is_said() -> None:
    """ACTIVE and ready throughout; or nothing was ever reported."""
    active = {"last": "ACTIVE", "last_since_s": 0.0, "worst": "ACTIVE", "worst_since_s": 0.0}

    assert said(**active) == said() == ""


def test_the_last_status_is_the_worst() -> None:
    """Since when, to the end."""
    since = {"last_since_s": 180.0, "worst_since_s": 60.0}

    assert said(last="FAILED", worst="FAILED", worst_s=1020.0, **since) == (
        "Status: FAILED from 3 min (00:03:00) to the end of the run."
    )


def test_the_worst_status_was_left_again() -> None:
    """When it was first reported and for how long, and what came then."""
    since = {"last_since_s": 760.0, "worst_since_s": 630.0}

    assert said(last="ACTIVE", worst="DEGRADED", worst_s=130.0, **since) == (
        "Status: at worst DEGRADED, first at 10 min 30 s (00:10:30) and for 2 min 10 s in all; "
        "ACTIVE from 12 min 40 s (00:12:40) to the end of the run."
    )


@pytest.mark.parametrize(
    ("disabled_s", "at_zero_s", "none_s", "why"),
    [
        (20.0, 0.0, 0.0, "20 s disabled"),
        (0.0, 20.0, 20.0, "20 s with no replica asked for"),
        (0.0, 0.0, 20.0, "20 s with none of its replicas responsive"),
        (
            *(5.0, 4.0, 15.0),
            "5 s disabled, 4 s with no replica asked for, "
            "11 s with none of its replicas responsive",
        ),
    ],
    ids=["disabled", "at zero", "starting", "all three"],
)
def test_how_long_nobody_was_served_and_why(
    disabled_s: float, at_zero_s: float, none_s: float, why: str
) -> None:
    """20 s in all, of parts that add up."""
    scaling = {"at_zero_s": at_zero_s, "none_responsive_s": none_s}

    assert said(scaling, not_ready_s=20.0, disabled_s=disabled_s) == (
        f"Not ready for 20 s in all: {why}."
    )
