"""Text to data: what YAML and JSON mean, where each value stands, and what is refused how."""

import contextlib
import io
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import Problem, ScenarioError
from sim.scenario.reading import json_tree, yaml_tree
from sim.scenario.reading.document import Document, parse_document, read_document
from sim.scenario.reading.tree import MAX_BYTES
from sim.strict_json import MAX_DEPTH

YAML_TEXT = """\
name: demo   # a comment
list:
  - at: 30s
    rate: [1, 2.5]
  - {x: null}
text: >-
  folded
  lines
"""

JSON_TEXT = '{\n\t"name": "demo",\n\t"list": [{"at": "30s", "rate": [1, 2.5]}, {"x":null}]\n}'


def only_problem(text: str | bytes, file: str | None = None) -> Problem:
    """Return the one problem for which *text* is refused."""
    with pytest.raises(ScenarioError) as caught:
        parse_document(text, file)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ((), (1, 1)),
        (("name",), (1, 7)),
        (("list", 0), (3, 5)),
        (("list", 0, "at"), (3, 9)),
        (("list", 0, "rate", 1), (4, 15)),
        (("list", 1, "x"), (5, 9)),
        (("text",), (6, 7)),
        (("list", 0, "rate", 7), (4, 11)),
        (("list", 0, "missing", "deep"), (3, 5)),
        (("nowhere",), (1, 1)),
    ],
)
def test_every_yaml_value_knows_its_line_and_column(
    path: tuple[str | int, ...], position: tuple[int, int]
) -> None:
    """From 1; what is not there has the place of what it should be in."""
    assert parse_document(YAML_TEXT).position(path) == position


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ((), (1, 1)),
        (("name",), (2, 10)),
        (("list", 0, "rate", 1), (3, 37)),
        (("list", 1), (3, 44)),
        (("list", 1, "x"), (3, 49)),
    ],
)
def test_every_json_value_knows_its_line_and_column(
    path: tuple[str | int, ...], position: tuple[int, int]
) -> None:
    """A tab is one column, as editors count."""
    assert parse_document(JSON_TEXT).position(path) == position


def test_a_key_has_a_place_of_its_own() -> None:
    """For keys that should not be there."""
    document = parse_document(YAML_TEXT)
    assert document.position(("list", 0, "rate"), of_key=True) == (4, 5)
    assert parse_document(JSON_TEXT).position(("list",), of_key=True) == (3, 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("12", 12),
        ("012", 12),
        ("-3", -3),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("30s", "30s"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("!!float 12", 12.0),
        ("!!int 12", 12),
        ('"\\u00fc"', "ü"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    """No truth in yes, no octal in 012, no minutes in 1:30, no date."""
    found = parse_document(f"a: {text}").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_an_alias_is_a_copy() -> None:
    """Changing one does not change the other."""
    data = parse_document("a: &x {k: [1]}\nb: *x\n").data
    data["a"]["k"].append(2)
    assert data["b"] == {"k": [1]}


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n + 1}: &a{n + 1} [{','.join([f'*a{n}'] * 10)}]\n" for n in range(5)
)
"""A million values in a quarter of a kilobyte."""

DEEP_ALIASES = "a0: &a0 x\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}]\n" for n in range(80))


def test_a_quoted_merge_key_is_a_text() -> None:
    """As every quoted key is; nothing is merged."""
    assert parse_document("a: &a {b: 1}\nc:\n  '<<': *a\n").data == {
        "a": {"b": 1},
        "c": {"<<": {"b": 1}},
    }


@pytest.mark.parametrize(
    ("text", "rule", "says", "place"),
    [
        ("", "not-empty", "is empty", (1, 1)),
        ("# only a comment\n", "not-empty", "is empty", (1, 1)),
        ("a: 1\nb: 2\na: 3\n", "unique-keys", "'a' twice in one mapping (first in line 1)", (3, 1)),
        ("a: {b: 1, b: 2}", "unique-keys", "'b' twice", (1, 11)),
        (
            "a: &a {b: 1}\nc:\n  <<: *a\n",
            "merge-key",
            "is not in YAML 1.2: write those keys",
            (3, 3),
        ),
        ("a: b: c", "yaml", "mapping values are not allowed here", (1, 5)),
        ("a: [1,\nb", "yaml", "expected ',' or ']'", (2, 2)),
        ("a: 'x", "yaml", "unexpected end", (1, 6)),
        ("a: 1\n b: 2", "yaml", "is not YAML", (2, 3)),
        ("a:\n\tb: 1", "yaml", "a tab where blanks belong", (2, 1)),
        ("a: \x07", "yaml", "control character", (1, 4)),
        ("a: 1\n---\nb: 2", "one-document", "several documents", (2, 1)),
        ("a: *b", "alias", "'b', which is not defined", (1, 4)),
        ("a: &b [*b]", "alias", "'b', which is not defined", (1, 8)),
        ("a: !!python/object/apply:os.system ['x']", "tags", "has the tag", (1, 4)),
        ("a: !mine x", "tags", "has the tag !mine", (1, 4)),
        ("a: !!int x", "tags", "does not fit", (1, 4)),
        ("a: !!set {x}", "tags", "has the tag", (1, 4)),
        ("? [a]\n: 1", "text-keys", "a key that is not a plain text", (1, 3)),
        ("a: .nan", "finite-number", "must be finite", (1, 4)),
        ("a: [1, -.inf]", "finite-number", "must be finite", (1, 8)),
        ("a: 1e999", "finite-number", "too large", (1, 4)),
        ("a: " + "9" * 5000, "finite-number", "too many digits", (1, 4)),
        ('a: "\\ud800"', "unicode", "surrogate", (1, 4)),
        (BOMB, "number-of-values", "more than 200,000 values through aliases", (6, 10)),
        (DEEP_ALIASES, "nesting", "nests deeper than 64", (64, 12)),
        ("[" * 100_000, "nesting", "nests deeper than 64", (1, 65)),
        ("- " * 1000, "nesting", "nests deeper than 64", (1, 129)),
    ],
)
def test_what_is_no_plain_yaml_is_refused_at_its_place(
    text: str, rule: str, says: str, place: tuple[int, int]
) -> None:
    """One message with line and column, quickly, whatever the trick."""
    problem = only_problem(text, "file.yaml")
    assert problem.rule == rule
    assert says in problem.message
    assert (problem.line, problem.column) == place
    assert problem.file == "file.yaml"


@pytest.mark.parametrize(
    ("text", "rule", "says", "place"),
    [
        ("", "not-empty", "is empty", (1, 1)),
        (" \n ", "not-empty", "is empty", (1, 1)),
        ('{"a": 1,}', "json", "is not JSON: ", None),
        ('{"a": 1', "json", "is not JSON: expecting", (1, 8)),
        ("{'a': 1}", "json", "is not JSON: ", (1, 2)),
        ('{"a": 1,\n"a": 2}', "unique-keys", "'a' twice in one object (first in line 1)", (2, 1)),
        ('{"a": NaN}', "finite-number", "is NaN", (1, 7)),
        ('{"a": [1, -Infinity]}', "finite-number", "is -Infinity", (1, 11)),
        ('{"a": 1e999}', "finite-number", "is 1e999", (1, 7)),
        ('{"a": ' + "9" * 5000 + "}", "finite-number", "too many digits", (1, 7)),
        ('{"a": "\\ud800"}', "unicode", "surrogate", (1, 7)),
        ('{"a":' * 100_000, "nesting", "nests deeper", None),
        ("[" * 65 + "]" * 65, "nesting", "nests deeper than 64", (1, 65)),
    ],
)
def test_what_is_no_plain_json_is_refused_at_its_place(
    text: str, rule: str, says: str, place: tuple[int, int] | None
) -> None:
    """As for YAML."""
    problem = only_problem(text, "file.json")
    assert problem.rule == rule
    assert says in problem.message
    assert place is None or (problem.line, problem.column) == place


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_the_limits_themselves_are_allowed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 levels, and as many values as the limit says; one more is refused."""
    assert parse_document("[" * MAX_DEPTH + "]" * MAX_DEPTH, name).data
    for module in (json_tree, yaml_tree):
        monkeypatch.setattr(module, "MAX_NODES", 100)
    numbers = ",".join(["1"] * 99)
    assert len(parse_document(f"[{numbers}]", name).data) == 99
    assert only_problem(f"[{numbers},1]", name).rule == "number-of-values"


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b"\xef\xbb\xbfa: 1\n", {"a": 1}),
        (b"a: 1\r\nb:\r\n  - 2\r\n", {"a": 1, "b": [2]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('a: "ü"\n'.encode(), {"a": "ü"}),
        (b"- 1\n- 2\n", [1, 2]),
        (b"just text", "just text"),
        (b"{a: 1, b: yes}", {"a": 1, "b": "yes"}),
    ],
)
def test_byte_order_marks_and_line_ends_do_not_matter(content: bytes, data: object) -> None:
    """Files from other systems read the same."""
    assert parse_document(content).data == data


def test_lines_are_counted_in_crlf_files() -> None:
    """A CRLF is one line's end."""
    assert parse_document(b"a: 1\r\nb: 2\r\n").position(("b",)) == (2, 4)


def test_bytes_that_are_not_utf_8_have_one_clear_message() -> None:
    """The byte and its line."""
    problem = only_problem("name: Größe\n".encode("latin-1"), "a.yaml")
    assert (problem.rule, problem.line) == ("utf-8", 1)
    assert "0xf6" in problem.message


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """100 MB that take no room on the disk, and none in memory."""
    file = tmp_path / "huge.yaml"
    with file.open("wb") as stream:
        stream.truncate(100_000_000)
    with pytest.raises(ScenarioError, match="larger than 5 MB: put long lists of numbers into"):
        read_document(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_file_without_a_size_is_bounded_too() -> None:
    """/dev/zero says that it has 0 bytes and never ends."""
    with pytest.raises(ScenarioError, match="larger than 5 MB"):
        read_document("/dev/zero")


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name in messages is <stdin>; it is bounded as files are."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a: 1\n")))
    document = read_document("-")
    assert (document.data, document.file, document.directory) == ({"a": 1}, "<stdin>", None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" " * (MAX_BYTES + 1))))
    with pytest.raises(ScenarioError, match="<stdin>: is larger than 5 MB"):
        read_document("-")


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_what_cannot_be_opened_is_the_users_error(tmp_path: Path, name: str) -> None:
    """A missing file, a directory."""
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_document(tmp_path / name)


def test_an_override_is_the_place_of_what_it_sets() -> None:
    """And of all below it; the rest keeps line and column."""
    document = parse_document("a: {b: 1}\nc: 2\n", "f.yaml")
    overridden = Document(document.data, "f.yaml", document.root, {("a", "b"): "--set a.b"})
    assert overridden.place(("a", "b", "deep")).file == "--set a.b"
    assert overridden.place(("a", "b")).line is None
    assert overridden.place(("a",)).line == 1
    assert overridden.place(("c",)).column == 4


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON_VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_is_read_as_the_standard_library_reads_it(
    value: Any,
    indent: int | str | None,
    ascii_only: bool,  # noqa: FBT001 - Hypothesis gives arguments by position
) -> None:
    """Whatever the value, its white space and its escapes."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = parse_document(text, "a.json").data
    assert found == value
    assert json.dumps(found) == json.dumps(value)


@given(st.text(max_size=40) | st.binary(max_size=40), st.sampled_from(["a.yaml", "a.json", None]))
def test_any_text_is_data_or_the_users_error(text: str | bytes, file: str | None) -> None:
    """No other error is ever raised, and numbers are finite."""
    with contextlib.suppress(ScenarioError):
        data = parse_document(text, file).data
        assert not isinstance(data, float) or math.isfinite(data)
