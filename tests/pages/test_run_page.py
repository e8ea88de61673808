"""The page of a run, read as its file: what it says, what it draws, and that nothing else runs."""

import base64
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from page_reading import Page, read_page
from page_runs import HOSTILE, page_of, two_deployments
from sim.errors import ScenarioError
from sim.pages import uplot
from sim.pages.run_page import run_page
from sim.pages.shown_run import ShownRun
from sim.results.result import Result
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate


@pytest.fixture(scope="module")
def result() -> Result:
    """A run of two deployments: one rollout ends, one waits for ever."""
    return two_deployments()


@pytest.fixture(scope="module")
def page(result: Result) -> Page:
    """Its page."""
    return read_page(page_of(result))


def test_the_first_line_is_the_verdict(page: Page) -> None:
    """Of the worst rollout, with its cause, then what failed and how long clients waited."""
    said = page.words
    assert "1 of 2 rollouts finish. Rollout 1 of generator never finishes" in said
    assert "held by the revision that it is to replace (2 x generator revision 0" in said
    assert "This is a deadlock." in said
    assert said.index("1 of 2 rollouts") < said.index("Questions")


@pytest.mark.parametrize(
    "asked",
    [
        "Do the rollouts finish?",
        "How many requests fail?",
        "How long do clients wait?",
        "How deep does capacity fall?",
        "What held it back?",
        "What does it cost?",
        "Which setting would do better?",
    ],
)
def test_what_people_ask_is_answered(page: Page, asked: str) -> None:
    """Each question stands once, before its answer."""
    assert page.text.count(asked) == 1


def test_nothing_else_may_run(page: Page) -> None:
    """The policy names each script and style by its digest, and there is nothing inline beside."""

    def hashes(blocks: list[str]) -> list[str]:
        return [base64.b64encode(sha256(b.encode()).digest()).decode() for b in blocks]

    assert len(page.scripts) == 2
    for directive, blocks in (("script-src", page.scripts), ("style-src", page.styles)):
        wanted = " ".join(f"'sha256-{found}'" for found in hashes(blocks))
        assert f"{directive} {wanted}" in page.policy
    assert page.policy.startswith("default-src 'none'")
    assert "unsafe" not in page.policy
    assert page.handlers == []
    assert page.inline_styles == 0


def test_it_asks_for_nothing_from_anywhere(page: Page) -> None:
    """Its links lead to its own parts."""
    assert page.language == "en"
    assert page.addresses
    assert all(address.startswith("#") for address in page.addresses)


def test_names_of_a_scenario_are_text() -> None:
    """They end no element and begin none."""
    page = read_page(page_of(two_deployments(title=HOSTILE, horizon="4min")))
    assert len(page.scripts) == 2
    assert page.handlers == []
    assert page.text.count(HOSTILE) >= 3  # the title, the question, the answer


def test_the_same_run_gives_the_same_bytes(result: Result) -> None:
    """Whenever it is made."""
    assert page_of(result) == page_of(two_deployments())


def test_a_run_from_its_directory_gives_the_page_of_the_fresh_one(
    result: Result, tmp_path: Path
) -> None:
    """Charts are of the tables that were written, and all else is of the report."""
    result.write(tmp_path / "run")
    assert run_page(ShownRun.read(tmp_path / "run")) == page_of(result)


def test_the_scenario_runs_by_copy(result: Result, page: Page) -> None:
    """It stands there as it was, defaults filled in."""
    text = page.text[page.text.index("Copy the scenario") :]
    data = json.loads(text[text.index("{") : text.rindex("}") + 1])
    again = simulate(parse_scenario(json.dumps(data)))
    assert again.summary() == result.summary()


def test_decisions_are_those_of_the_table(result: Result, page: Page) -> None:
    """Row by row, with the numbers that were looked at."""
    decisions = result.decisions.where("deployment", "ranker")
    shown = page.drawn["deployments"][0]["decisions"]
    assert shown["at_s"] == pytest.approx(decisions["at_s"].tolist())
    reasons = [shown["words"]["reason"][code] for code in shown["reason"]]
    assert reasons == decisions["reason"].tolist()
    load = [np.nan if value is None else value for value in shown["load_ratio"]]
    assert load == pytest.approx(decisions["load_ratio"].tolist(), nan_ok=True)
    busy = [-1 if value is None else value for value in shown["busy_threads"]]
    assert busy == decisions["busy_threads"].tolist()


def test_bars_are_the_lives_of_the_replicas(result: Result, page: Page) -> None:
    """From one transition to the next, the last one to the end."""
    shown = {
        (bar["revision"], bar["replica"]): [tuple(span) for span in bar["spans"]]
        for bar in page.drawn["deployments"][0]["bars"]
    }
    moves = result.replicas.where("deployment", "ranker")
    rows = zip(
        *(moves[name].tolist() for name in ("revision", "replica", "after", "at_s")), strict=True
    )
    entered: dict[tuple[int, int], list[tuple[str, float]]] = {}
    for revision, replica, state, at_s in rows:
        entered.setdefault((revision, replica), []).append((state, at_s))
    wanted = {
        key: [
            (state, pytest.approx(at_s, abs=1e-6), pytest.approx(until_s, abs=1e-6))
            for (state, at_s), until_s in zip(
                found, [*(at_s for _, at_s in found[1:]), 600.0], strict=True
            )
            if state != "DELETED" and until_s > at_s
        ]
        for key, found in entered.items()
    }
    assert shown == {key: spans for key, spans in wanted.items() if spans}


def test_charts_show_the_series(result: Result, page: Page) -> None:
    """Load is exact; requests in line are in bins whose most is the most that stood there."""
    drawn = page.drawn
    charts = {chart["key"]: chart for chart in drawn["deployments"][0]["charts"]}
    series = result.series.where("deployment", "ranker")
    load = series.where("series", "load_ratio")
    exact = charts["ranker/load"]["exact"]
    at_s = drawn["grids"][exact["grid"]]
    shown = dict(zip(at_s[:-1], exact["columns"][0], strict=True))
    for when, value in zip(load["at_s"].tolist(), load["value"].tolist(), strict=True):
        found = shown[round(when, 6)]
        assert (np.nan if found is None else found) == pytest.approx(value, nan_ok=True)

    queued = series.where("series", "queued")["value"]
    for level in charts["ranker/queued"]["levels"]:
        _mean, least, most = level["columns"]
        assert max(most) == queued.max()
        assert min(value for value in least if value is not None) == 0


def test_stalls_are_told_at_the_cursor(page: Page) -> None:
    """For what a rollout waits, and who holds it."""
    (stall,) = page.drawn["deployments"][1]["stalls"]
    assert (stall["start"], stall["end"]) == (180, 600)
    assert stall["words"].startswith("waits for h100; held by 2 x generator revision 0")


def test_a_run_that_kept_its_summary_alone_has_text(tmp_path: Path) -> None:
    """Its page says why there are no charts."""
    scenario = two_deployments().record.scenario
    simulate(scenario, keep="summary").write(tmp_path / "run", tables=None)
    page = read_page(run_page(ShownRun.read(tmp_path / "run")))
    assert "the run was written without tables, of which they are made." in page.words
    assert (page.data, page.scripts) == ("", [])
    assert "script-src 'none'" in page.policy
    assert "This is a deadlock." in page.words


def test_a_fresh_run_that_kept_its_summary_alone_has_charts() -> None:
    """Of what it counted on its way."""
    page = read_page(page_of(simulate(two_deployments().record.scenario, keep="summary")))
    keys = [chart["key"] for chart in page.drawn["deployments"][0]["charts"]]
    assert {"ranker/load", "ranker/queued", "ranker/running", "ranker/response"} <= set(keys)


def test_another_file_than_the_release_is_not_put_into_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package may change; what runs in pages does not."""
    folder = tmp_path / "youplot" / "vendor"
    folder.mkdir(parents=True)
    (tmp_path / "youplot" / "__init__.py").write_text("")
    (folder / "uplot.iife.min.js").write_text("alert(1)")
    (folder / "uplot.min.css").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(uplot.UnknownFileError, match=r"is not the file of uPlot 1\.6\.31"):
        uplot.uplot()


def test_without_the_extra_the_command_is_told(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As everywhere."""
    monkeypatch.setattr("sim.extras.find_spec", lambda name: None if name == "jinja2" else object())
    with pytest.raises(ScenarioError, match=r"needs jinja2: pip install '.*\[report\]'"):
        page_of(result)


def test_a_fleet_is_a_table(result: Result) -> None:
    """Those with most rollouts and failures are told; the others have a row each."""
    one = result.figures.deployments[0]
    quiet = one.model_copy(update={"rollouts": ()})
    many = [quiet.model_copy(update={"name": f"quiet-{i}"}) for i in range(70)]
    report = result.figures.model_copy(update={"deployments": (*many, *result.figures.deployments)})
    page = read_page(run_page(replace(ShownRun.of(result), report=report)))
    assert "12 other deployments" in page.words
    told = page.text.count("Deployment quiet-")
    assert told == 58
    assert page.words.count("quiet-69") == 1


def test_charts_are_of_those_deployments_that_had_most_to_show(result: Result) -> None:
    """A page of a thousand deployments stays one that can be opened."""
    one = result.figures.deployments[0]
    quiet = one.model_copy(update={"rollouts": ()})
    many = [quiet.model_copy(update={"name": f"d{i}"}) for i in range(20)]
    report = result.figures.model_copy(update={"deployments": (*many, *result.figures.deployments)})
    shown = replace(ShownRun.of(result), report=report)
    page = read_page(run_page(shown))
    assert "Charts are shown of 12 of 22 deployments" in page.words
    drawn = [found["name"] for found in page.drawn["deployments"]]
    assert drawn == ["ranker", "generator"]
