"""The sweep commands as people and scripts meet them: words, files, exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tomli_w
from sweep_cases import SMALL, made_up, small

from featuretopo import cli
from featuretopo.bench import open_store, write_results
from featuretopo.bench import run as run_module


@dataclass(frozen=True)
class Ran:
    """What one call of the command line did; its output with the line breaks taken out."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("small.toml")
    return tmp_path


@pytest.fixture
def run(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command line; workers are a thread, which starts at once."""

    class Thread(ThreadPoolExecutor):
        def __init__(self, workers: int, threads: int) -> None:
            super().__init__(1)

        def kill(self) -> None:
            self.shutdown()

    monkeypatch.setattr(run_module, "Processes", Thread)

    def call(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["featuretopo", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return Ran(int(end.value.code or 0), " ".join(captured.out.split()), captured.err)

    return call


def write(name: str, **changes: Any) -> None:
    Path(name).write_text(tomli_w.dumps(SMALL | changes))


def refused(ran: Ran, *words: str) -> None:
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1 and ran.err.startswith("featuretopo: ")
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


def test_from_spec_to_table(run: Run, here: Path) -> None:
    ran = run("sweep", "plan", "small.toml", "--store", "st")
    assert (ran.code, ran.err) == (0, "")
    assert "small: 2 cells, 0 done, 2 missing" in ran.out
    assert "a guess: nothing of it has run here yet" in ran.out
    assert not (here / "st").exists()
    assert run("sweep", "run", "small.toml", "--store", "st", "--dry-run").out == ran.out
    ran = run("sweep", "run", "small.toml", "--store", "st")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "small: 2 cells, 2 done results st/results/small.parquet"
    assert pq.read_table("st/results/small.parquet").num_rows == 4
    ran = run("sweep", "plan", "small.toml", "--store", "st")
    assert "small: 2 cells, 2 done" in ran.out and "nothing left" in ran.out
    assert run("sweep", "status", "small.toml", "--store", "st").out == "small: 2 cells, 2 done"
    ran = run("sweep", "collect", "small.toml", "--store", "st", "--out", "mine.parquet")
    assert ran.out == "4 rows: 4 done results mine.parquet"
    ran = run("sweep", "report", "small.toml", "--store", "st", "--out", "page.html")
    assert ran.out == "report page.html"
    page = (here / "page.html").read_text()
    assert "MMCS of the truth to the SAE" in page and "<script" not in page
    assert "https://" not in page and "http://" not in page


def test_a_measure_that_had_nothing_to_measure_is_told(run: Run) -> None:
    write("narrow.toml", width=[2, 16], seeds=[0])  # no MMCS of two latents
    ran = run("sweep", "run", "narrow.toml", "--store", "st")
    assert "2 cells, 2 done 1 of 4 rows have no value: mmcs results" in ran.out
    found = json.loads(run("sweep", "run", "narrow.toml", "--store", "st", "--json").out)
    assert found["rows"] == {"done": 3, "undefined": 1}


def test_an_empty_folder_becomes_a_store(run: Run, here: Path) -> None:
    (here / "st").mkdir()
    ran = run("sweep", "plan", "small.toml", "--store", "st")
    assert ran.code == 0 and "2 cells, 0 done, 2 missing" in ran.out
    refused(run("sweep", "status", "small.toml", "--store", "st"), "st: is empty; featuretopo")
    assert run("sweep", "run", "small.toml", "--store", "st").code == 0


def test_json_is_json_and_alone_on_stdout(run: Run) -> None:
    for words in (
        ("sweep", "validate", "small.toml"),
        ("sweep", "plan", "small.toml"),
        ("sweep", "run", "small.toml"),
        ("sweep", "status", "small.toml"),
        ("sweep", "collect", "small.toml"),
        ("sweep", "report", "small.toml"),
        ("sweep", "init", "universality"),
        ("store", "verify"),
        ("store", "gc"),
        ("store", "upgrade"),
    ):
        ran = run(*words, "--json")
        assert (ran.code, ran.err) == (0, ""), words
        json.loads(ran.out)
    assert json.loads(run("sweep", "schema").out)["title"] == "Spec"


def test_cells_that_fail_are_code_3_and_say_why(run: Run, here: Path) -> None:
    write("bad.toml", llm={"good": {}, "bad": {"cooccurrence": {"type": "ExactlyK", "k": 9}}})
    ran = run("sweep", "run", "bad.toml", "--store", "st")
    assert ran.code == 3
    assert "4 cells, 2 done, 2 failed" in ran.out and "--retry-failed" in ran.out
    assert "activations of home/bad/topk 2/16 latents/seed 0: " in ran.out
    status = json.loads(run("sweep", "status", "bad.toml", "--store", "st", "--json").out)
    assert [failure["stage"] for failure in status["failures"]] == ["activations"] * 2
    refused(run("sweep", "validate", "bad.toml"), "world home, llm bad")
    assert "Failed: activations" in _page(run, "bad.toml")


def test_cells_that_are_missing_at_the_end_are_code_3(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "run_plan", lambda *_, **__: None)
    ran = run("sweep", "run", "small.toml", "--store", "st")
    assert ran.code == 3
    assert "2 cells, 0 done, 2 missing the same command does what is missing" in ran.out


@pytest.mark.parametrize("folder", ["objects/scores", "objects", "results", "sweeps"])
def test_a_folder_that_is_a_link_out_of_the_store_is_refused(
    run: Run, here: Path, folder: str
) -> None:
    run("sweep", "run", "small.toml", "--store", "st")
    (here / "st" / folder).rename(here / "elsewhere")
    (here / "st" / folder).symlink_to(here / "elsewhere")
    before = everything(here)
    for words in (("sweep", "run", "small.toml"), ("store", "verify"), ("store", "gc")):
        ran = run(*words, "--store", "st")
        refused(ran, f"st/{folder}: is a link, which may lead out of the store; put the folder")
    assert everything(here) == before


def everything(folder: Path) -> dict[Path, bytes]:
    # who held the lock last is no part of what is there
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {path: path.read_bytes() for path in found}


def _page(run: Run, spec: str) -> str:
    run("sweep", "report", spec, "--store", "st", "--out", "page.html")
    return Path("page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan", "none.toml"), ["none.toml: no such file; featuretopo sweep init"]),
        (("plan", "toy-2023"), ["toy-2023: no such file"]),
        (("init", "toy-2023"), ["no ready sweep 'toy-2023'", "did you mean 'toy-2022'"]),
        (("status", "small.toml"), ["runs/sweeps: no store"]),
        (
            ("run", "small.toml", "--store", "small.toml"),
            ["small.toml: is a file, and a store is a folder"],
        ),
        (
            ("collect", "small.toml", "--store", "none"),
            ["none: no store is there; featuretopo sweep run"],
        ),
        (("plan", "small.toml", "--store", "small.toml"), ["small.toml: is a file"]),
        (("plan", "small.toml", "--store", "."), [".: is a folder of other things"]),
        (("compare", "none.parquet", "none.parquet"), ["none.parquet: no such file"]),
        (("compare", "small.toml", "small.toml"), ["small.toml: cannot be read as parquet"]),
    ],
)
def test_bad_input_is_one_line_and_no_trace(
    run: Run, here: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    refused(run("sweep", *arguments), *words)
    assert [path.name for path in here.iterdir()] == ["small.toml"]


def test_init_writes_a_sweep_that_can_be_run_and_overwrites_nothing(run: Run) -> None:
    ran = run("sweep", "init", "toy-2022")
    assert ran.out == "spec toy-2022.toml next featuretopo sweep plan toy-2022.toml"
    assert "toy-2022: sound; 36 cells" in run("sweep", "validate", "toy-2022.toml").out
    refused(run("sweep", "init", "toy-2022"), "toy-2022.toml: is there already")


def test_an_interrupted_run_is_code_130_and_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("featuretopo.bench.execute")
    with monkeypatch.context() as patched:
        done: list[Any] = []

        def interrupt(*arguments: Any, **named: Any) -> Any:
            if len(done) == 3:
                raise KeyboardInterrupt
            done.append(None)
            return waiting(*arguments, **named)

        waiting = module.wait
        patched.setattr(module, "wait", interrupt)
        ran = run("sweep", "run", "small.toml", "--store", "st")
    assert ran.code == 130
    assert "interrupted; what is finished is kept: the same command goes on" in ran.err
    assert run("sweep", "run", "small.toml", "--store", "st").code == 0


def test_what_became_worse_is_code_1(run: Run) -> None:
    run("sweep", "run", "small.toml", "--store", "st")
    shutil.copy("st/results/small.parquet", "before.parquet")
    assert run("sweep", "compare", "before.parquet", "before.parquet").code == 0
    table = pq.read_table("before.parquet")
    place = table.schema.get_field_index("value")
    lower = pa.array([value - 0.1 for value in table["value"].to_pylist()])
    write_results(table.set_column(place, table.field(place), lower), "after.parquet")
    ran = run("sweep", "compare", "before.parquet", "after.parquet")
    # a lower FVU is better, a lower MMCS is worse
    assert ran.code == 1
    assert "4 rows in common, 4 differ, 2 worse" in ran.out
    assert "worse: home one topk 2 16 0 a mmcs" in ran.out
    assert run("sweep", "compare", "before.parquet", "after.parquet", "--tolerance", 0.2).code == 0
    refused(
        run("sweep", "compare", "before.parquet", "after.parquet", "--tolerance", -1),
        "tolerance=-1.0 must be at least 0",
    )
    write_results(table.slice(0, 0), "none.parquet")
    refused(run("sweep", "compare", "before.parquet", "none.parquet"), "no cell and measure in")
    pq.write_table(pa.table({"a": [1]}), "other.parquet")
    refused(run("sweep", "compare", "before.parquet", "other.parquet"), "no results of a sweep")


def test_damage_is_code_1_and_can_be_mended(run: Run, here: Path) -> None:
    run("sweep", "run", "small.toml", "--store", "st")
    path = next((here / "st" / "objects" / "scores").rglob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:-1])
    refused(run("sweep", "collect", "small.toml", "--store", "st"), "damaged", "--discard")
    ran = run("store", "verify", "--store", "st")
    assert ran.code == 1 and "10 files, 1 damaged" in ran.out
    ran = run("store", "verify", "--store", "st", "--discard")
    assert ran.code == 0 and "moved to st/damaged" in ran.out
    assert run("sweep", "run", "small.toml", "--store", "st").code == 0
    assert "0 files went" in run("store", "gc", "--store", "st").out
    refused(run("store", "gc", "--store", "st", "--forget", "x"), "no sweep 'x' was run here")
    ran = run("store", "gc", "--store", "st", "--forget", "small", "--dry-run")
    assert ran.code == 0 and ran.out.startswith("8 files would go")
    ran = run("store", "gc", "--store", "st", "--forget", "small")
    assert ran.code == 0 and ran.out.startswith("8 files went") and ran.out.endswith("0 stay")
    refused(run("store", "gc", "--store", "st"), "everything would go")


def test_the_leaderboard_asks_for_what_it_needs(run: Run) -> None:
    run("sweep", "run", "small.toml", "--store", "st")
    refused(run("leaderboard", "small", "--store", "st"), "did not measure 'l0'")
    refused(run("leaderboard", "other", "--store", "st"), "other.parquet: no such file")
    refused(run("leaderboard", "../x", "--store", "st"), "../x: no store is there")
    refused(run("leaderboard", ".x", "--store", "st"), "no name of a sweep")
    refused(run("leaderboard", "st"), "no sweep in it measured both l0 and shapes_recovered")
    Path("st/results/small.parquet").unlink()
    refused(run("leaderboard", "st"), "holds no results yet")


def test_the_leaderboard_of_a_store_or_of_one_sweep(run: Run) -> None:
    store = open_store("st", make=True)
    spec = small(measures=["l0", "shapes_recovered"], seeds=[0, 1])
    write_results(made_up(spec), store.results("small"))
    write_results(made_up(small()), store.results("without shapes"))
    ran = run("leaderboard", "small", "--store", "st", "--json")
    assert (ran.code, ran.err) == (0, "")
    (entry,) = json.loads(ran.out)
    assert (entry["sweep"], entry["sae"], entry["seeds"], entry["best"]) == ("small", "topk", 2, 1)
    for words in (("leaderboard", "st"), ("leaderboard", "--store", "st")):
        assert run(*words, "--json").out == ran.out
        shown = run(*words).out
        assert "home, one" in shown and f"L0 {entry['l0_band'][0]:g} to" in shown
        assert f"{entry['recovered']:.0%} ({entry['least']:.0%} to {entry['most']:.0%})" in shown


def test_a_dask_address_that_nobody_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    assert distributed
    monkeypatch.setattr("featuretopo.bench.dask_cluster._PATIENCE", "1s")
    refused(
        run("sweep", "run", "small.toml", "--store", "st", "--dask", "tcp://127.0.0.1:9"),
        "--dask tcp://127.0.0.1:9: nobody answers",
    )


LOGS = """
import logging
from featuretopo import cli

def app():
    logger = logging.getLogger("distributed.scheduler")
    logger.setLevel(logging.INFO)  # as distributed does when it is imported
    logger.info("State start")
    logger.warning("Lost a worker")

cli.app = app
cli.main()
"""


def test_what_other_libraries_tell_is_shown_from_warnings_on() -> None:
    ran = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "featuretopo: Lost a worker\n")


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "",
        "foo://bar:1",
        "tcp://bar",
        "tcp://:1",
        "tcp://bar:99999",
        "tcp://[::1",
        "1:x",
    ],
)
def test_what_is_no_dask_address_is_told_from_one_that_nobody_answers(
    run: Run, address: str
) -> None:
    refused(
        run("sweep", "run", "small.toml", "--store", "st", f"--dask={address}"),
        f"--dask {address!r} is no address of a scheduler: give tcp://HOST:PORT",
    )


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("featuretopo le", ["leaderboard"]),
        ("featuretopo store ", ["verify", "gc", "upgrade"]),
        ("featuretopo sweep run toy", ["toy-2022"]),
        ("featuretopo sweep collect --o", ["--out"]),
    ],
)
def test_the_shell_completes_commands_options_and_ready_sweeps(
    run: Run, monkeypatch: pytest.MonkeyPatch, typed: str, offered: list[str]
) -> None:
    monkeypatch.setenv("_FEATURETOPO_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
    ran = run()
    assert (ran.code, ran.err, ran.out.split()) == (0, "", offered)


def test_dask_that_is_not_installed_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused(
        run("sweep", "run", "small.toml", "--store", "st", "--dask", "local"),
        "pip install 'featuretopo[dask]'",
    )
