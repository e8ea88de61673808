"""Servers that tests share."""

from collections.abc import Iterator

import pytest

from servers import PLATFORM, Server, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server of `platform.yaml` on which simulated time goes by 100 times as fast."""
    with serving(PLATFORM, "--speed", "100") as found:
        yield found
