"""The table of resource queues."""

from typing import Any

from sim.text.queue_words import lines


def resource(gpu_type: str | None, limits: tuple[float, float, float]) -> dict[str, Any]:
    """Return one resource with its least, its largest and its last limit."""
    return {
        "gpu_type": gpu_type,
        "unit": "cores" if gpu_type is None else "GPUs",
        "limit_min": limits[0],
        "limit_max": limits[1],
        "limit": limits[2],
        "used_mean": 1.25,
        "used_max": 6.0,
    }


def test_what_is_the_queues_stands_once() -> None:
    """Its name and the longest wait in it are on the first of the rows of its types of GPU."""
    gpus = {
        "name": "spot",
        "longest_head_wait_s": 90.0,
        "resources": [resource("A100", (4, 4, 4)), resource("T4", (2, 8, 2))],
    }
    cells = [line.split("  ") for line in lines([gpus])]
    found = [[cell.strip() for cell in row if cell.strip()] for row in cells]

    assert found[1] == ["spot", "A100", "4", "1.25", "6", "90 s"]
    assert found[2] == ["T4", "2 to 8, 2 at the end", "1.25", "6"]


def test_nothing_was_recorded() -> None:
    """A queue that no replica asked, and whose limit is therefore not known."""
    unknown = {**resource(None, (0, 0, 0)), "limit": None, "limit_min": None, "limit_max": None}
    quiet = {"name": "idle", "longest_head_wait_s": None, "resources": [unknown]}

    assert lines([quiet])[1].split() == ["idle", "cores", "-", "1.25", "6", "-"]
