"""What happened to others, as scenarios: the text of each run says the cause.

The scenarios are written after public incident reports and lie beside the project; without them
these tests are skipped. A row below is a file and what its text must say, as a regular expression,
where `{name}` stands for a name of the scenario, `<7>` for a number that the draws of the file
give, and `@0` for a revision. The words must come from what happened and not from the file's names:
they are also looked for after every deployment, queue, tenant and type of GPU has got another name,
which draws other requests, so that `<7>` then stands for any number; and, where a new model version
in the first second fits in, after revisions have got other numbers.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate
from sim.text.summary_text import summary_text

INCIDENTS: Final = Path(__file__).parents[2] / "shared" / "incidents"


@dataclass(frozen=True)
class Case:
    """A file and its words; whether a new model version at its beginning changes numbers only."""

    file: str
    words: tuple[str, ...]
    shifts: bool = False


CASES: Final = (
    Case(
        "01_gpu_rollout_deadlock",
        (
            r"queue {node} .*held by 1 x {chat} revision @0 RESPONSIVE \(2 GPUs\)",
            "This is a deadlock: all that it waits for is held by the revision that it is to",
            r"Replica 0 of {embed} revision @0 waited .* behind replica 1 of {chat} revision @1, "
            r"which needed 2 {A10G} GPUs",
        ),
    ),
    Case(
        "02_failing_version_then_rollback",
        (
            r"never switched and was cancelled .* its starts failed: <40> times, "
            "model_memory is above the memory limit",
            "Starts: <40> of <44> failed",
        ),
        shifts=True,
    ),
    Case(
        "03_slow_start_overshoot",
        (
            "Scaling: 1 to 12 replicas, .* <11> steps up",
            "<10> of <11> steps up came while replicas asked for before were still starting: a "
            "start took 8 min, the scale-up delay is 30 s",
        ),
    ),
    Case(
        "04_bluegreen_min_replicas",
        ("there were 8 threads against 40 at the PUT, and fewer for <8> min <40> s",),
    ),
    Case("05_scale_down_cuts_requests", (r"lost: <3> attempts .*\(grace over\)",)),
    Case("06_thrash_constant_load", ("1 to 2 replicas, .* <45> steps up and <44> down",)),
    Case(
        "09_start_timeout_first_pull",
        (r"Starts: 1 of 2 failed \(start took start_timeout: 1\), 1 became responsive",),
    ),
    Case(
        "09b_start_timeout_never",
        (
            r"Starts: 7 of 7 failed \(start took start_timeout: 7\)",
            r"FAILED from 3 min \([\d:]+\) to the end of the run",
        ),
    ),
    Case(
        "10_burst_and_impatient_clients",
        (r"threads [\d.]+% of the time \(<999> attempts waited in line\)",),
    ),
    Case(
        "10b_burst_in_gpu_line", (r"GPUs [\d.]+% of the time \(<1000> attempts waited in line\)",)
    ),
    Case(
        "11_head_of_line",
        (
            "Replica 0 of {small} revision @0 waited from .* for 1 {T4} GPU .* "
            r"4 of 4 free, behind replica 0 of {large} revision @0, which needed 4 {A100} GPUs",
        ),
    ),
    Case(
        "12_shared_quota_two_autoscalers",
        (
            r"At maxReplicas \(4\) for <46> min <55> s: .* <46> min <55> s a replica of them still",
            r"threads worked <1> h <32> min for clients that had been answered",
            "Nothing was completed after",
        ),
    ),
    Case(
        "13_replica_bigger_than_quota",
        ("can never fit: it asks for 8 cores of queue {quota}, whose largest limit is 6 cores",),
    ),
    Case(
        "15_warmup_after_scale_up",
        ("<4409> attempts failed on replicas that had just turned responsive",),
    ),
    Case(
        "16_drain_holds_the_gpus",
        (
            r"Stalled in queue {h100} .*4 x {video} revision @0 RESPONSIVE \(4 GPUs\).*"
            r"Stalled in queue {h100} .*4 x {video} revision @0 DECOMMISSIONED \(4 GPUs\).*"
            "It waited for its own old revision",
        ),
        shifts=True,
    ),
    Case(
        "17_one_replica_a_minute",
        (
            "1 to 10 replicas, .* 9 steps up",
            "the other 8 followed every 60 s",
            r"All threads were busy \(load 1\) for <9> min <55> s",
        ),
    ),
    Case(
        "18_threshold_never_reached",
        ("No step up: the scale-up threshold cannot be reached",),
    ),
    Case(
        "19_slow_replica_under_saturation",
        (r"Held back by its cores <37.0>% of the time", r"threads served <19> attempts per second"),
    ),
    Case(
        "20_rollback_repeats_the_cliff",
        (
            "8 threads against 40 at the PUT, and fewer for <12> min <40> s",
            "8 threads against <16> at the PUT, and fewer for <2> min <40> s",
        ),
    ),
    Case(
        "22_gpu_line_hidden_by_threads",
        (
            r"its GPUs <14.1>% of the time \(<1022> attempts waited in line\)",
            r"The first step up came at <3> min <25> s",
        ),
    ),
    Case(
        "23_spot_gpus_taken_back",
        (
            r"replicas 0, 1 are killed",
            "DEGRADED, first at .* for 10 s in all",
            r"{spot} +{A100} +2 to 4, 2 at the end",
        ),
    ),
    Case(
        "24_scheduled_minimum",
        (
            r"PUT at 1 h 45 min \(07:45:00\): bounds or scaling of the active revision change in "
            "place",
            "with no replica asked for, 5 min 35 s with none of its replicas responsive",
        ),
    ),
    Case(
        "25_recreate_by_hand",
        (
            "<50.1> s with none of its replicas responsive",
            r"4 x {generator} revision @0 DECOMMISSIONED",
        ),
    ),
    Case(
        "26_burst_at_zero",
        ("Scaled from zero once; 1 of these replicas became responsive", "800 queue_full"),
    ),
    Case(
        "27_hung_engine",
        (
            "replica 0 hangs",
            r"lost: <8> attempts .*\(unresponsive_grace over\)",
            "DEGRADED, first at .* for 2 min 10 s in all",
        ),
    ),
    Case(
        "28_queue_limit_never_fits_gpu",
        (
            "It can never fit: one replica asks for 4 {A10G} GPUs of queue {gpus}, whose largest "
            "limit is 2 {A10G} GPUs",
        ),
        shifts=True,
    ),
    Case("29_health_ok_engine_dead", ("replica 0 hangs", "<8> client_timeout")),
    Case(
        "30_update_during_update",
        (
            r"It was given up for revision @2, of the PUT at 12 min",
            r"It was given up for revision @3, of the new model version at 13 min",
        ),
        shifts=True,
    ),
    Case("31_zero_backoff_retry_storm", ("attempts: <95823> for <1674> requests",)),
    Case("31b_backoff_100ms", ("attempts: <99368> for <1674> requests",)),
)

OTHER_GPUS: Final = {"A10G": "V100", "A100": "H100", "T4": "L4", "L4": "T4", "H100": "A100"}
"""Types of GPU that take the places of those in the files."""


def load(case: Case) -> dict[str, Any]:
    """Return the content of a file.

    Skips the test where the reports are not beside the project.
    """
    file = INCIDENTS / f"{case.file}.yaml"
    if not file.exists():
        pytest.skip("the incident reports do not lie beside the project")
    content = YAML(typ="safe").load(file)
    assert isinstance(content, dict)
    return content


def names_in(content: dict[str, Any]) -> set[str]:
    """Return the names of deployments, queues, tenants and types of GPU."""
    queues = content.get("queues", [])
    found = {one["name"] for one in (*content["deployments"], *queues)}
    found |= {tenant for queue in queues for tenant in queue.get("tenants", {})}
    found |= {gpu for gpu in OTHER_GPUS if f"'{gpu}'" in repr(content)}
    return found


KEYED_BY_NAMES: Final = ("limits", "tenants", "use")
"""Fields whose keys are names."""


def renamed(value: Any, names: dict[str, str], *, is_keyed: bool = False) -> Any:
    """Return `value` with other names wherever one stands by itself, or as a key where keys are."""
    if isinstance(value, dict):
        return {
            names.get(key, key) if is_keyed else key: renamed(
                one, names, is_keyed=key in KEYED_BY_NAMES or is_keyed
            )
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def told(content: dict[str, Any], folder: Path) -> str:
    """Return the summary of a run in words, on one line."""
    file = folder / "incident.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML().dump(content, stream)
    words = summary_text(simulate(load_scenario(file)).figures)
    return " ".join(line.strip() for line in words.splitlines())


def expected(words: str, names: dict[str, str], *, shift: int, is_exact: bool) -> str:
    """Return the regular expression that `words` stand for."""
    words = re.sub(r"<([\d.]+)>", r"\1" if is_exact else r"[\\d.]+", words)
    words = re.sub(r"@(\d+)", lambda found: str(int(found[1]) + shift), words)
    return re.sub(r"{(\w+)}", lambda found: re.escape(names.get(found[1], found[1])), words)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_the_cause_is_said(case: Case, tmp_path: Path) -> None:
    """With the numbers of the file."""
    words = told(load(case), tmp_path)

    for sought in case.words:
        assert re.search(expected(sought, {}, shift=0, is_exact=True), words), sought


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_the_cause_is_said_of_others_too(case: Case, tmp_path: Path) -> None:
    """Of deployments, queues and types of GPU with other names, and of later revisions."""
    content = load(case)
    names = {name: OTHER_GPUS.get(name, f"other {name}") for name in names_in(content)}
    content = renamed(content, names)
    if case.shifts:
        publish = {"event": "publish", "at": "1s", "deployment": content["deployments"][0]["name"]}
        content["timeline"] = [publish, *content["timeline"]]
    words = told(content, tmp_path)

    for sought in case.words:
        pattern = expected(sought, names, shift=int(case.shifts), is_exact=False)
        assert re.search(pattern, words), f"{pattern} in {words}"


def test_every_report_has_its_row() -> None:
    """No file beside the project is left out."""
    if not INCIDENTS.exists():
        pytest.skip("the incident reports do not lie beside the project")

    assert {case.file for case in CASES} == {file.stem for file in INCIDENTS.glob("*.yaml")}
