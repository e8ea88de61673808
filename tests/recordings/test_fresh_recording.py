"""Half a minute recorded anew through nginx: what does not depend on the machine's speed."""

from pathlib import Path

import numpy as np
import pytest
from recordings.make import NO_NGINX, RATE_PER_S, THREADS, nginx_path, record

from recorded_requests import recorded
from sim.recordings.measuring import look
from thread_server import services_s

SECONDS = 30
SEED = 18


def test_a_log_of_today_is_read_as_the_committed_one(tmp_path: Path) -> None:
    """Its format, its rows, its ends; and that each row came when the server says so."""
    if nginx_path() is None:
        pytest.skip(NO_NGINX)
    count = int(SECONDS * RATE_PER_S)
    record(tmp_path, count=count, seed=SEED)

    seen = look(tmp_path / "access.log")
    assert seen.found.format == "nginx, log with msec and request time"
    assert (seen.rows, seen.found.stamp, seen.found.duration) == (count, "end", "rt")
    assert any("rt sounds like a response time" in warning for warning in seen.warnings)
    both = recorded(tmp_path / "access.log", tmp_path / "server.csv")
    # nginx has each request first, and cuts its instants; a slow machine may be late, not early.
    later_ms = both.arrival_us / 1000 - both.came_ms
    assert later_ms.min() >= 0
    assert later_ms.max() < 2000
    # Sleeping lasts as long as asked for, but for the slewing of the clock, 0.5 ms a second.
    drawn_ms = services_s(SEED, count) * 1000
    assert (both.service_ms >= 0.999 * drawn_ms - 0.001).all()
    # An answer takes at least its service; beginning and end are cut to whole milliseconds.
    assert (both.response_ms + 1 >= both.service_ms).all()
    begins_us, ends_us = both.start_us, both.start_us + both.service_ms * 1000
    at_us = np.concatenate([begins_us, ends_us])
    step = np.repeat([1, -1], count)[np.argsort(at_us, kind="stable")]
    assert step.cumsum().max() <= THREADS
