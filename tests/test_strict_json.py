"""One strict reader of JSON for what comes from outside: bodies, finished runs, scenario files."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.results.finished import FinishedRun
from sim.scenario.reading.json_tree import json_tree
from sim.strict_json import MAX_DEPTH, JsonTextError, is_unicode, parse_json
from sim.testing import arbitrary_json

WRONG = {
    "a text of no end": (
        b'{"a": "x',
        "is not JSON: unterminated string starting at, line 1, column 7",
    ),
    "two documents": (b"{}\n {}", "is not JSON: extra data, line 2, column 2"),
    "a key twice": (b'[{"a": 1, "a": 1}]', "has a key twice in one object"),
    "no number": (b"[NaN]", "holds NaN: a number must be finite"),
    "infinity": (b"[-Infinity]", "holds -Infinity: a number must be finite"),
    "too large": (b"[1e999]", "holds a number that is too large"),
    "too many digits": (b"[" + b"9" * 5000 + b"]", "holds a number of too many digits"),
    "half a pair": (rb'["\ud800"]', "holds half of a surrogate pair in a text"),
    "half a pair as a key": (rb'{"\udfff": 1}', "holds half of a surrogate pair in a text"),
    "too deep": (b"[" * 65 + b"]" * 65, "nests deeper than 64"),
    "far too deep": (b"[" * 99_999 + b"]" * 99_999, "nests deeper than 64"),
    "other bytes": (b'["\xff"]', "is not UTF-8 text"),
}


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG)
def test_what_is_not_strictly_json_is_refused(content: bytes, says: str) -> None:
    """In one sentence, which holds none of its values."""
    with pytest.raises(JsonTextError) as refused:
        parse_json(content)

    assert str(refused.value) == f"{says}."


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG)
def test_a_scenario_file_refuses_no_less(content: bytes, says: str) -> None:
    """Its reader says besides where it stands."""
    if b"\xff" in content:
        return  # is refused before there is a text
    with pytest.raises(ScenarioError) as refused:
        json_tree(content.decode(), "file.json")

    reason = says.partition(", line")[0]
    (problem,) = refused.value.problems
    assert problem.message == reason or problem.line is not None


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG)
def test_a_directory_with_such_a_summary_holds_no_run(
    tmp_path: Path, content: bytes, says: str
) -> None:
    """However deep it nests."""
    assert says
    (tmp_path / "result.json").write_bytes(content)

    with pytest.raises(ScenarioError, match="does not hold a run"):
        FinishedRun.open(tmp_path)


def test_the_deepest_that_is_allowed_is_read() -> None:
    """An object and a list count alike."""
    inner = MAX_DEPTH - 1
    assert parse_json(b'{"a": ' + b"[" * inner + b"]" * inner + b"}")


@given(arbitrary_json())
def test_json_is_what_python_reads(data: object) -> None:
    """What is strictly JSON means the same to both."""
    try:
        content = json.dumps(data, allow_nan=False).encode()
    except ValueError:
        return

    assert parse_json(content) == json.loads(content)


@given(st.text(st.characters()))
def test_a_text_is_unicode_if_it_can_be_written(text: str) -> None:
    """No half of a surrogate pair is in it."""
    assert is_unicode(text) == (not any("\ud800" <= letter <= "\udfff" for letter in text))
