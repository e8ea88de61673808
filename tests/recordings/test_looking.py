"""What `sim trace look` finds out: the layout of each tool's files, and what is in them."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from jsonschema import Draft202012Validator

from sim.cli import main
from sim.errors import ScenarioError
from sim.recordings.looking import find_out
from sim.recordings.measuring import look
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate

AT = 1_714_564_800
"""2024-05-01 12:00:00 UTC."""

FILES: dict[str, tuple[str, str]] = {
    "Azure LLM inference trace": (
        "a.csv",
        "TIMESTAMP,ContextTokens,GeneratedTokens\n"
        "2024-05-01 12:00:00.1000000,10,20\n2024-05-01 12:00:00.6000000,11,21\n",
    ),
    "Azure Functions 2021": ("a.txt", "app,func,end_timestamp,duration\na,f,1.5,0.5\na,g,2,0.25\n"),
    "BurstGPT": (
        "a.csv",
        "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
        "5,ChatGPT,472,18,490,Conversation log\n45,ChatGPT,1087,230,1317,Conversation log\n",
    ),
    "Mooncake": (
        "a.jsonl",
        '{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [1, 2]}\n'
        '{"timestamp": 3055, "input_length": 7322, "output_length": 490, "hash_ids": [1]}\n',
    ),
    "hey, CSV": (
        "a.csv",
        "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
        "0.07,0.001,0,0.0002,0.06,0.0001,200,0.5\n0.05,0,0,0.0002,0.06,0.0001,200,0.25\n",
    ),
    "vegeta, CSV": (
        "a.csv",
        f"{AT}500000000,200,1234567,0,366,,,load,0,GET,http://x/,\n"
        f"{AT}700000000,200,2234567,0,366,,,load,1,GET,http://x/,\n",
    ),
    "vegeta, JSON": (
        "a.jsonl",
        '{"attack":"a","seq":0,"code":200,"timestamp":"2024-05-01T12:00:00.5Z","latency":12}\n'
        '{"attack":"a","seq":1,"code":200,"timestamp":"2024-05-01T14:00:00.7+02:00","latency":3}\n',
    ),
    "k6, CSV": (
        "a.csv",
        "metric_name,timestamp,metric_value,check,error,method,status\n"
        f"http_reqs,{AT},1.000000,,,GET,200\nhttp_req_duration,{AT},250.000000,,,GET,200\n"
        f"vus,{AT},5.000000,,,,\nhttp_req_duration,{AT},150.500000,,,GET,200\n",
    ),
    "k6, JSON": (
        "a.json",
        '{"metric":"http_req_duration","type":"Metric","data":{"name":"http_req_duration",'
        '"type":"trend","contains":"time","thresholds":[],"submetrics":null}}\n'
        '{"metric":"http_req_duration","type":"Point","data":{"time":"2024-05-01T14:00:00.75+02:00",'
        '"value":250.5,"tags":{"method":"GET","status":"200"}}}\n'
        '{"metric":"vus","type":"Point","data":{"time":"2024-05-01T14:00:00.8+02:00","value":5,'
        '"tags":null}}\n'
        '{"metric":"http_req_duration","type":"Point","data":{"time":"2024-05-01T14:00:01.5+02:00",'
        '"value":500,"tags":null}}\n',
    ),
    "nginx, JSON": (
        "a.jsonl",
        f'{{"msec":"{AT}.350","status":"200","request_time":"0.350"}}\n'
        f'{{"msec":"{AT}.400","status":"200","request_time":"0.300"}}\n',
    ),
    "Envoy, JSON": (
        "a.jsonl",
        '{"start_time":"2024-05-01T12:00:00.100Z","duration":12,"response_code":200}\n'
        '{"start_time":"2024-05-01T12:00:00.200Z","duration":15,"response_code":200}\n',
    ),
    "nginx, log with msec and request time": (
        "a.log",
        '203.0.113.7 - - [01/May/2024:12:00:00 +0000] "POST /p" 200 612 "-" "curl" rt=0.350 '
        f'uct="0.000" urt="0.350" msec={AT}.350\n'
        '203.0.113.8 - - [01/May/2024:12:00:00 +0000] "POST /p" 200 612 "-" "curl" rt=0.300 '
        f'uct="0.000" urt="0.300" msec={AT}.400\n',
    ),
    "nginx, log with msec before request time": (
        "a.log",
        f'::1 - - [01/May/2024:12:00:00 +0000] "POST /p" 200 612 msec={AT}.350 rt=0.350\n'
        f'::1 - - [01/May/2024:12:00:00 +0000] "POST /p" 200 612 msec={AT}.400 rt=0.300\n',
    ),
    "combined log with request time": (
        "a.log",
        '::1 - - [01/May/2024:14:00:01 +0200] "GET / HTTP/1.1" 200 612 "-" "curl/8" rt=0.500\n'
        '::1 - - [01/May/2024:14:00:02 +0200] "GET / HTTP/1.1" 200 612 "-" "curl/8" rt=0.25\n',
    ),
    "common or combined log": (
        "a.log",
        'example.org:443 ::1 - - [29/Feb/2024:23:59:59 +0000] "GET /\\"x\\" HTTP/1.1" 200 612\n'
        '::1 - - [01/Mar/2024:00:00:01 +0000] "GET / HTTP/1.1" 304 -\n',
    ),
    "Envoy, default log": (
        "a.log",
        '[2024-05-01T12:00:00.100Z] "POST /api HTTP/2" 200 - 154 0 226 100 "10.0.35.28"\n'
        '[2024-05-01T12:00:00.200Z] "POST /api HTTP/2" 204 - 154 0 26 10 "10.0.35.28"\n',
    ),
    "AWS ALB, access log": (
        "a.log",
        "".join(
            f"{kind} 2024-05-01T12:00:0{ended}Z app/lb/50dc6c495c0c9188 203.0.113.7:2817 {target} "
            '200 200 34 366 "GET https://x:443/?q=\\"a b\\" HTTP/1.1" "curl \\"x\\"" - - arn:aws:x '
            '"Root=1" "x" "session-reused" 0 '
            f'2024-05-01T12:00:0{came}Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1\n'
            for kind, target, came, ended in (
                ("https", "10.0.0.1:80 0.001 0.048 0.002", "0.100000", "0.151000"),
                ("h2", "- -1 -1 -1", "0.500000", "5.500000"),
            )
        ),
    ),
    "AWS ALB, access log cut short": (
        "a.log",
        "".join(
            f"http 2024-05-01T12:00:0{ended}Z app/lb/50dc6c495c0c9188 203.0.113.7:2817 10.0.0.1:80 "
            f'0.000 {took} 0.000 200 200 34 366 "GET http://x:80/ HTTP/1.1"\n'
            for took, ended in (("1.000", "1.100000"), ("0.250", "0.950000"))
        ),
    ),
    "AIPerf, profile export": (
        "a.jsonl",
        "".join(
            f'{{"metadata":{{"session_num":{i},"request_start_ns":{at}{ns},"request_ack_ns":null,'
            f'"request_end_ns":{at}900000000,"was_cancelled":false}},"metrics":{metrics},"error":null}}\n'
            for i, at, ns, metrics in (
                (0, AT, "100000001", '{"request_latency":{"value":297.5,"unit":"ms"}}'),
                (1, AT, "400000001", '{"error_isl":{"value":550,"unit":"tokens"}}'),
            )
        ),
    ),
    "GenAI-Perf, profile export": (
        "a.json",
        '{"experiments":[{"requests":['
        f'{{"timestamp":{AT}000000000,"response_timestamps":[1]}},'
        f'{{"timestamp":{AT}500000000,"response_timestamps":[2]}}]}}]}}',
    ),
}
"""A small file of each layout, by its name."""

ARRIVALS = {
    "Azure LLM inference trace": ("2024-05-01T12:00:00.1Z", 0.5),
    "Azure Functions 2021": ("1 s", 0.75),
    "BurstGPT": ("5 s", 40),
    "Mooncake": ("0 s", 3.055),
    "hey, CSV": ("0.25 s", 0.25),
    "vegeta, CSV": ("2024-05-01T12:00:00.5Z", 0.2),
    "vegeta, JSON": ("2024-05-01T12:00:00.5Z", 0.2),
    "k6, CSV": ("2024-05-01T11:59:59.75Z", 0.0995),
    "k6, JSON": ("2024-05-01T12:00:00.4995Z", 0.5005),
    "nginx, JSON": ("2024-05-01T12:00:00Z", 0.1),
    "Envoy, JSON": ("2024-05-01T12:00:00.1Z", 0.1),
    "nginx, log with msec and request time": ("2024-05-01T12:00:00Z", 0.1),
    "nginx, log with msec before request time": ("2024-05-01T12:00:00Z", 0.1),
    "combined log with request time": ("2024-05-01T12:00:00.5Z", 1.25),
    "common or combined log": ("2024-02-29T23:59:59Z", 2),
    "Envoy, default log": ("2024-05-01T12:00:00.1Z", 0.1),
    "AWS ALB, access log": ("2024-05-01T12:00:00.1Z", 0.4),
    "AWS ALB, access log cut short": ("2024-05-01T12:00:00.1Z", 0.6),
    "AIPerf, profile export": ("2024-05-01T12:00:00.100000001Z", 0.3),
    "GenAI-Perf, profile export": ("2024-05-01T12:00:00Z", 0.5),
}
"""Of each its first arrival and the time to the last."""


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FILES)
def test_a_tools_layout_is_known(tmp_path: Path, name: str, *, packed: bool) -> None:
    """By its columns, whatever the file is called and compressed with; arrivals are exact."""
    content = FILES[name][1].encode()
    file = tmp_path / "recording"
    file.write_bytes(gzip.compress(content) if packed else content)
    seen = look(file)
    assert seen.found.format == name
    assert seen.found.compression == ("gzip" if packed else None)
    assert (seen.first, seen.span_s) == (ARRIVALS[name][0], ARRIVALS[name][1])
    assert seen.used == 2


@pytest.mark.parametrize("name", FILES)
def test_a_corrupted_sibling_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The last row's instant is none any more: one message, status 2."""
    content = FILES[name][1]
    time = find_time(tmp_path, content)
    rows = content.rstrip("\n").split("\n")
    spoilt = rows[-1]
    for text in time:
        spoilt = spoilt.replace(text, text.replace(":", "x") if ":" in text else "1.5x5")
    file = tmp_path / "spoilt"
    file.write_text("\n".join([*rows[:-1], spoilt]) + "\n")
    assert spoilt != rows[-1]
    assert main.run(["trace", "look", str(file)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "spoilt" in said.err


def find_time(tmp_path: Path, content: str) -> list[str]:
    """The texts of the instants of a file."""
    from sim.recordings.slow import texts_of  # noqa: PLC0415 - of the package under test

    file = tmp_path / "whole"
    file.write_text(content)
    found = find_out(file)
    time = [found.time]
    return [texts[0] for _, texts in texts_of(file, found.layout, time, may_lack=time)][-1:]


def test_a_benchmark_without_instants_is_named(tmp_path: Path) -> None:
    """It holds nothing that could be replayed."""
    file = tmp_path / "recording"
    file.write_text('{"request_rate": 10, "input_lens": [1], "ttfts": [0.1]}')
    with pytest.raises(ScenarioError, match="does not say when its requests came"):
        look(file)


def test_an_unknown_file_says_what_was_tried_and_what_is_nearest(tmp_path: Path) -> None:
    """By the columns that both have."""
    file = tmp_path / "recording"
    file.write_text("response-time,status-code,host\n0.1,200,a\n")
    with pytest.raises(ScenarioError) as refused:
        look(file)
    said = str(refused.value)
    assert "read as table of text, it has the columns response-time, status-code, host" in said
    assert "nearest is hey, CSV, but for the columns DNS+dialup, offset" in said


def test_the_first_line_of_a_log_is_not_repeated(tmp_path: Path) -> None:
    """It has addresses and names of people in it."""
    file = tmp_path / "access.log"
    file.write_text("203.0.113.7 - jane [01/May/2024:12:00:00 +0000] GET /u/jane 200 612\n")
    with pytest.raises(ScenarioError) as refused:
        look(file)
    assert "203.0.113.7" not in str(refused.value)
    assert "jane" not in str(refused.value)


def test_a_table_of_its_own_is_found_out(tmp_path: Path) -> None:
    """Delimiter, decimal comma, the column of instants and its unit, by names and sizes."""
    file = tmp_path / "mine.txt"
    file.write_text("size;arrived_at\n1,5;1714564800123\n2,5;1714564800023\n")
    seen = look(file)
    found = seen.found
    assert (found.layout.delimiter, found.layout.decimal) == (";", ",")
    assert (found.time, found.unit, found.stamp) == ("arrived_at", "ms", "unknown")
    assert (seen.order, seen.first, seen.span_s) == ("unsorted", "2024-05-01T12:00:00.023Z", 0.1)
    assert [(one.name, one.type, one.min, one.max, one.mean) for one in seen.columns] == [
        ("size", "number", 1.5, 2.5, 2.0),
        ("arrived_at", "instant", None, None, None),
    ]
    assert any("most servers log the end" in warning for warning in seen.warnings)


def test_what_is_to_be_expected_of_rows_is_told(tmp_path: Path) -> None:
    """Even spacing, names of counts and of response times, columns that are not all numbers."""
    file = tmp_path / "mine.csv"
    rows = "".join(f"{60 * i},3,0.5,{'x' if i == 250 else i}\n" for i in range(300))
    file.write_text(f"time,size,latency,other\n{rows}")
    said = " ".join(look(file).warnings)
    assert "All rows are 60 s apart" in said
    assert "Column latency sounds like a response time: this includes waiting" in said
    assert "Column other holds something that is no number in line 252." in said


def test_a_column_of_counts_at_uneven_instants_is_told(tmp_path: Path) -> None:
    """They may be batches, of which no interval is known."""
    file = tmp_path / "mine.csv"
    file.write_text("time,requests\n0,3\n7,4\n17,1\n")
    assert any("requests sounds like a count or a rate" in one for one in look(file).warnings)


def test_figures_are_those_of_the_rows(tmp_path: Path) -> None:
    """Rates of seconds and minutes from the first row on, and the longest time without a row."""
    file = tmp_path / "mine.csv"
    instants = [0, 0.5, 0.9, 1.0, 30, 59.9, 60, 4000]
    file.write_text("at\n" + "".join(f"{at}\n" for at in instants))
    seen = look(file)
    assert (seen.rows, seen.span_s, seen.rate_mean) == (8, 4000, 8 / 4000)
    assert (seen.rate_peak_1s, seen.rate_peak_1min) == (3, 6 / 60)
    assert [(gap.since, gap.length_s) for gap in seen.gaps] == [("60 s", 3940)]
    per_minute = np.array([6, 1, *[0] * 64, 1])  # 4,000 s are 66 minutes and a part of one more
    assert seen.dispersion_1min == pytest.approx(per_minute.var() / per_minute.mean())


def test_a_single_row_of_1970_takes_no_memory(tmp_path: Path) -> None:
    """Seconds without a row are not listed: here there are 1.7e9 of them, 14 GB."""
    file = tmp_path / "mine.csv"
    file.write_text(f"at\n0\n{AT}\n{AT}.5\n")
    tracemalloc.start()
    seen = look(file)
    assert tracemalloc.get_traced_memory()[1] < 1e7
    tracemalloc.stop()
    assert (seen.rate_peak_1s, seen.rate_peak_1min) == (2, 2 / 60)


def test_the_answer_as_json_has_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For machines: every key of its schema, and no other."""
    file = tmp_path / "a.jsonl"
    file.write_text(FILES["nginx, JSON"][1])
    assert main.run(["trace", "look", str(file), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["format"], found["stamps"], found["rows"]) == ("nginx, JSON", "end", 2)
    assert (found["used"], found["skipped"], found["zone"]) == (2, {}, None)
    assert main.run(["trace", "look", str(file)]) == 0
    assert found["yaml"] in capsys.readouterr().out
    assert main.run(["schema", "--of", "trace-look"]) == 0
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator(schema).validate(found)
    assert list(found) == list(schema["properties"])


@pytest.mark.parametrize("name", FILES)
def test_what_it_writes_replays_the_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Pasted into a scenario it validates, and runs with arrivals equal to the rows."""
    file = tmp_path / FILES[name][0]
    file.write_text(FILES[name][1])
    assert main.run(["trace", "look", str(file), "--format", "json"]) == 0
    arrivals = arrivals_of(json.loads(capsys.readouterr().out)["yaml"])
    assert arrivals == pytest.approx([0, ARRIVALS[name][1]], abs=1e-9)


def arrivals_of(source: str) -> list[float]:
    """When the requests of a source of traffic come, pasted into a scenario."""
    text = (
        "name: again\nhorizon: 2h\ndeployments:\n- name: a\n"
        "  runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1.0, memory: 1GiB}\n"
        "  initial: {responsive: 1}\n  request: {wait: 10ms}\n  traffic:\n" + source
    )
    return [float(at_s) for at_s in simulate(parse_scenario(text)).requests["arrival_at_s"]]


@pytest.mark.parametrize("opened", [pa.ipc.new_file, pa.ipc.new_stream])
def test_what_is_written_of_arrow_replays_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    opened: Callable[..., Any],
) -> None:
    """Known by its first bytes; the scenario says arrow."""
    table = pa.table({"at": [1.5, 2.0, 4.0], "size": [1, 2, 3]})
    file = tmp_path / "recording"
    with pa.OSFile(str(file), "wb") as sink, opened(sink, table.schema) as writer:
        writer.write_table(table)
    assert main.run(["trace", "look", str(file), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["format"], answer["rows"]) == ("Arrow", 3)
    assert "format: arrow" in answer["yaml"]
    assert arrivals_of(answer["yaml"]) == [0.0, 0.5, 2.5]


@pytest.mark.parametrize(
    ("first", "rest"),
    [("1714564800.1", "0.05,/a"), ("2024-05-01 12:00:00", "x,1"), ("1714564800123", "203.0.113.7")],
)
def test_a_table_without_a_header_gets_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], first: str, rest: str
) -> None:
    """An instant in its first line is no name: it is a row, which the source of traffic has too."""
    file = tmp_path / "a.csv"
    file.write_text(f"{first},{rest}\n{first},{rest}\n")
    assert main.run(["trace", "look", str(file), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["rows"], answer["time_column"]) == (2, "column_1")
    assert arrivals_of(answer["yaml"]) == [0.0, 0.0]


def test_a_line_of_a_log_is_no_row_because_it_has_a_comma(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of Python: the thousandths stand behind the comma. The line is not repeated."""
    file = tmp_path / "py.log"
    file.write_text("2024-05-01 12:00:00,123 INFO 203.0.113.7\n2024-05-01 12:00:01,223 INFO b\n")
    assert main.run(["trace", "look", str(file)]) == 2
    said = capsys.readouterr().err
    assert "is no recording that is known" in said
    assert "2024" not in said
    assert "203.0" not in said


def test_columns_that_share_a_name_are_told(tmp_path: Path) -> None:
    """Which is meant nobody knows."""
    file = tmp_path / "a.csv"
    file.write_text("at,size,size\n1,2,3\n")
    seen = look(file)
    assert "Several columns are called size: none of them can be used." in seen.warnings
    assert [one.name for one in seen.columns] == ["at"]
