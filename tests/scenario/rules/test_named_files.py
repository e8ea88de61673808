"""Files that a scenario names: missing, changed, without the columns asked for."""

import hashlib
from pathlib import Path

import pytest

from scenario_files import problems_of, write
from sim.scenario.reading.loader import load_scenario

POISSON = "{kind: poisson, name: web, rate: 20/s}"
LINEAR = "demands: {cpu: {kind: linear, per: {tokens: 1ms}}}"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """A CSV trace beside the scenario."""
    file = tmp_path / "trace.csv"
    file.write_bytes(b"arrived,tokens\r\n0,12\r\n1.5,7\r\n")
    return file


def test_a_missing_trace_says_where_to_fetch_it(tmp_path: Path) -> None:
    """Path, source, licence, SHA-256, and how to say where it is then."""
    digest = "ab" * 32
    source = (
        "{kind: trace, name: replay, path: data/no.csv, format: azure, source: example.org/traces, "
        f"licence: CC-BY 4.0, sha256: {digest}}}"
    )
    (problem,) = problems_of(write(tmp_path, POISSON, source))
    assert problem.rule == "missing-file"
    assert problem.field == "deployments[0].traffic[0].path"
    assert problem.message == (
        f"is not there: no file {tmp_path}/data/no.csv; fetch it from example.org/traces, "
        f"licence CC-BY 4.0, SHA-256 {digest}; "
        "then say where it is: --set deployments.ranker.traffic.replay.path=FILE"
    )
    assert (problem.line, problem.value) == (21, '"data/no.csv"')


def test_a_missing_file_without_a_source_says_how_to_name_another(tmp_path: Path) -> None:
    """Windows too, and sources that are called by kind and place."""
    (problem,) = problems_of(write(tmp_path, POISSON, "{kind: windows, path: no.csv}"))
    assert problem.message.endswith(
        "say where: --set deployments.ranker.traffic.windows0.path=FILE"
    )


def test_another_file_than_the_one_meant_is_refused(tmp_path: Path, trace: Path) -> None:
    """By its SHA-256; the right one passes."""
    digest = hashlib.sha256(trace.read_bytes()).hexdigest()
    source = "{{kind: trace, path: trace.csv, format: csv, time_column: arrived, sha256: {}}}"
    assert not problems_of(write(tmp_path, POISSON, source.format(digest)))
    (problem,) = problems_of(write(tmp_path, POISSON, source.format("ab" * 32)))
    assert problem.rule == "sha256"
    assert digest in problem.message


@pytest.mark.parametrize(
    ("name", "content", "settings", "rule", "says"),
    [
        (
            "t.csv",
            b"arrived,tokens\n",
            "format: csv, time_column: arived",
            "column",
            "mean arrived?",
        ),
        ("t.csv", b"x,y\n", "format: csv, time_column: arrived", "column", "it has x, y"),
        ("t.csv", b"", "format: csv, time_column: arrived", "column", "it has none"),
        (
            "t.csv",
            b"203.0.113.7,/secret\n",
            "format: csv, time_column: at",
            "column",
            "which the file does not have: it has 2, whose first line is no header",
        ),
        ("t.csv", b"TIME,x\n", "format: azure", "column", "'TIMESTAMP'"),
        ("t.jsonl", b'{"time": 1}\n', "format: mooncake", "column", "'timestamp'"),
        ("t.jsonl", b"[1]\n", "format: mooncake", "column", "'timestamp'"),
        ("t.jsonl", b"{broken\n", "format: mooncake", "readable-file", "cannot be read"),
        ("t.csv", b"\xff\xfe\n", "format: azure", "readable-file", "cannot be read"),
        ("t.csv", b"x\n", "format: csv", "combination", "time_column is needed with format csv"),
    ],
)
def test_a_trace_without_its_time_column_is_refused(
    tmp_path: Path, name: str, content: bytes, settings: str, rule: str, says: str
) -> None:
    """The message names the columns that there are."""
    (tmp_path / name).write_bytes(content)
    source = f"{{kind: trace, path: {name}, {settings}}}"
    (problem,) = problems_of(write(tmp_path, POISSON, source))
    assert problem.rule == rule
    assert says in problem.message


@pytest.mark.usefixtures("trace")
def test_a_log_of_ends_has_its_column_of_durations(tmp_path: Path) -> None:
    """It is looked for in the header, as the column of times is."""
    source = (
        "{kind: trace, path: trace.csv, format: csv, time_column: arrived, stamp: end, "
        "duration_column: took}"
    )
    (problem,) = problems_of(write(tmp_path, POISSON, source))
    assert problem.field == "deployments[0].traffic[0].duration_column"
    assert "names the column 'took', which the file does not have" in problem.message


@pytest.mark.usefixtures("trace")
def test_linear_demands_need_the_columns_of_a_trace(tmp_path: Path) -> None:
    """A column that is there passes, a misspelt one does not, other sources never."""
    source = "{{kind: trace, path: trace.csv, format: csv, time_column: arrived, {}}}"
    assert not problems_of(write(tmp_path, POISSON, source.format(LINEAR)))
    misspelt = source.format(LINEAR.replace("tokens", "tokns"))
    (problem,) = problems_of(write(tmp_path, POISSON, misspelt))
    assert problem.field == "deployments[0].traffic[0].demands.cpu.per.tokns"
    assert "did you mean tokens?" in problem.message
    (problem,) = problems_of(write(tmp_path, POISSON, POISSON.replace("rate", f"{LINEAR}, rate")))
    assert problem.rule == "linear-demand"
    assert problem.field == "deployments[0].traffic[0].demands.cpu"


@pytest.mark.usefixtures("trace")
def test_a_deployments_linear_demands_hold_for_every_source_without_its_own(tmp_path: Path) -> None:
    """Both Poisson sources are named; a source with demands of its own is left alone."""
    linear = "cpu: {kind: linear, per: {tokens: 1ms}}"
    problems = problems_of(write(tmp_path, "cpu: 20ms", linear))
    assert [problem.rule for problem in problems] == ["linear-demand", "linear-demand"]
    assert "'web'" in problems[0].message
    assert "'poisson1'" in problems[1].message
    scenario = write(tmp_path, "cpu: 20ms", linear)
    text = scenario.read_text().replace("rate: 20/s", "rate: 20/s, demands: {cpu: 1ms}")
    scenario.write_text(text)
    (problem,) = problems_of(scenario)
    assert "'poisson1'" in problem.message


def test_linear_demands_of_a_published_version_are_checked_too(tmp_path: Path) -> None:
    """Their path is the event's."""
    publish = "event: publish, at: 50min, deployment: ranker, "
    publish += "request: {gpu: {kind: linear, per: {n: 1s}}}"
    kill = "event: kill, at: 50min, deployment: ranker, replicas: all"
    problems = problems_of(write(tmp_path, kill, publish))
    assert {problem.field for problem in problems} == {"timeline[3].request.gpu"}


@pytest.mark.parametrize("column", ["count", "Requests/s", "RPS", "invocations", "SampleCount"])
def test_a_trace_beside_counts_or_rates_is_refused(tmp_path: Path, column: str) -> None:
    """By the name of a column; where each row is a request all the same, that is said."""
    (tmp_path / "t.csv").write_text(f"at,{column}\n0,12\n60,7\n")
    source = "{{kind: trace, path: t.csv, format: csv, time_column: at{}}}"

    (problem,) = problems_of(write(tmp_path, POISSON, source.format("")))

    assert problem.rule == "rows-are-requests"
    assert f"has a column {column!r}, so its rows are intervals" in problem.message
    assert "counts or rates" in problem.message
    assert not problems_of(write(tmp_path, POISSON, source.format(", evenly_spaced: true")))


def test_counts_in_a_damaged_file_are_told(tmp_path: Path) -> None:
    """At the path of the source, before anything is run."""
    (tmp_path / "c.parquet").write_bytes(b"PAR1 and no more")
    source = "{kind: counts, path: c.parquet, format: parquet, column: n, every: 1min}"
    (problem,) = problems_of(write(tmp_path, POISSON, source))
    assert (problem.rule, problem.field) == ("readable-file", "deployments[0].traffic[0].path")


def test_numbers_from_files_are_read_when_the_scenario_is(tmp_path: Path) -> None:
    """A missing file or column is found at once, not in the middle of a run."""
    numbers = "cpu: {kind: empirical, path: numbers.csv, column: cpu, unit: ms}"
    (problem,) = problems_of(write(tmp_path, "cpu: 20ms", numbers))
    assert problem.field == "deployments[0].request.cpu.path"
    (tmp_path / "numbers.csv").write_text("n,cpu\n1,5\n")
    scenario = load_scenario(write(tmp_path, "cpu: 20ms", numbers))
    demand = scenario.deployments[0].request.cpu_s
    assert demand.kind == "empirical"
    assert demand.mean == 0.005


def test_a_rule_that_cannot_be_read_is_told_at_its_place(tmp_path: Path) -> None:
    """In the list of rules."""
    (problem,) = problems_of(write(tmp_path, "seed: 1", "rules: [none.py:rule]"))
    assert (problem.field, problem.line) == ("rules[0]", 3)
    assert "there is no file" in problem.message


def test_a_house_rule_is_kept_by_scenarios_that_name_it(tmp_path: Path) -> None:
    """As the built-in ones are, for every configuration in the file."""
    (tmp_path / "house.py").write_text(
        "from sim.wire.rule import rule\n"
        "@rule('house-cpu', field='cpu', condition='cpu is given')\n"
        "def cpu_given(configuration, limits, deployment):\n"
        "    return None if configuration.cpu else 'must be given'\n"
    )
    problems = problems_of(write(tmp_path, "seed: 1", "rules: [house.py:cpu_given]"))
    assert [problem.rule for problem in problems] == ["house-cpu", "house-cpu"]
    assert [problem.field for problem in problems] == [
        "deployments[1].runtimeConfiguration.cpu",
        "timeline[0].runtimeConfiguration.cpu",
    ]
