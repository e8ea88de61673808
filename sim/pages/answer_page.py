"""Pages of what many runs say: a study, a plan, a comparison, a check."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import sim
from sim.pages.answer_file import Answered
from sim.pages.check_part import check_part
from sim.pages.compare_part import compare_part
from sim.pages.document import document
from sim.pages.figures import figure
from sim.pages.looks import fills
from sim.pages.parts import AnswerPart
from sim.pages.payload import Grids, chart_data, clock_data, packed
from sim.pages.plan_part import plan_part
from sim.pages.study_part import band_charts, study_part
from sim.results.files import json_text
from sim.results.provenance import library_versions
from sim.scenario.models.file_form import resolved
from sim.studies.answers.bands import Bands, bands
from sim.studies.answers.check_report import CheckReport
from sim.studies.answers.compare_report import CompareReport
from sim.studies.answers.study import Study
from sim.studies.answers.study_report import StudyReport
from sim.studies.plans.plan_report import PlanReport

_MAKERS: Final[Mapping[type[Any], Callable[[Any], AnswerPart]]] = {
    StudyReport: study_part,
    PlanReport: plan_part,
    CompareReport: compare_part,
    CheckReport: check_part,
}


def answer_page(report: Answered) -> bytes:
    """Return the page of an answer as the bytes of its file; it has no charts.

    Raises:
        ScenarioError: The extra that makes pages is not installed.
    """
    part = _MAKERS[type(report)](report)
    return document("answer.html", _content(part), data=None)


def study_page(study: Study) -> bytes:
    """Return the page of a study, with bands over time of every deployment of its first case.

    Raises:
        ScenarioError: The extra that makes pages is not installed, or there is no run.
    """
    first = study.cases[0].case.scenario
    shown = [bands(study.cases[0], study.seed, one.name) for one in first.deployments]
    charts = {one.deployment: list(band_charts(one)) for one in shown}
    content = {
        **_content(study_part(study.report)),
        "inside": f"{(shown[0].runs - 1) / (shown[0].runs + 1):.2f}",
        "charted": [
            {"name": name, "charts": [figure(chart) for chart in found]}
            for name, found in charts.items()
        ],
        "scenario": json_text(resolved(first, mask_environment=True)),
        "versions": f"sim {sim.__version__}, seed {study.seed}; "
        + ", ".join(f"{name} {version}" for name, version in library_versions().items()),
    }
    grids = Grids()
    data = {
        "window": [0.0, first.horizon_s],
        "warmUp": first.warm_up_s,
        "clock": clock_data(first.start, first.horizon_s),
        "fills": fills(),
        "deployments": [
            {
                "name": one.deployment,
                "charts": [chart_data(chart, grids) for chart in charts[one.deployment]],
                "bars": [],
                "marks": list(_marks(one)),
                "stalls": [],
                "decisions": None,
            }
            for one in shown
        ],
        "queues": [],
        "grids": grids.columns,
    }
    return document("answer.html", content, data=packed(data))


def _content(part: AnswerPart) -> dict[str, Any]:
    return {
        "title": part.title,
        "version": sim.__version__,
        "part": part,
        "topics": [topic for topic in part.topics if not topic.is_empty],
        "charted": [],
        "inside": "",
        "scenario": None,
        "versions": "",
    }


def _marks(shown: Bands) -> Iterator[dict[str, Any]]:
    for number, at_s in enumerate(shown.put_at_s, start=1):
        yield {
            "at": at_s,
            "kind": "put",
            "label": f"PUT {number}" if number > 1 else "PUT",
            "rollout": None,
        }
    for switches in shown.switches:
        for at_s in switches.at_s.tolist():
            yield {"at": at_s, "kind": "run_switch", "label": "switch in a run", "rollout": None}
