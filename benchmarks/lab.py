"""A JupyterLab of its own, with one notebook, for what is timed in a notebook."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_TOKEN = "of-this-benchmark"
_SETTINGS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.port_retries=0",
    "--ServerApp.ip=127.0.0.1",
    f"--IdentityProvider.token={_TOKEN}",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)
#: Whether the notebook is open and its kernel waits, which is then in front.
READY = """
const open = window.jupyterapp ? [...jupyterapp.shell.widgets("main")] : [];
const panel = open.find((each) => each.context?.path === "timed.ipynb");
if (panel?.sessionContext.session?.kernel?.status !== "idle") return false;
jupyterapp.shell.activateById(panel.id);
return true;
"""


@contextmanager
def jupyterlab(folder: Path, cells: Sequence[str]) -> Iterator[str]:
    """Start a server with all its files in `folder`; the kernel finds what lies beside this file.

    Yields
    ------
    str
        Where the notebook of these cells is.
    """
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    written = [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "execution_count": None,
         "outputs": [], "source": source}
        for i, source in enumerate(cells)
    ]  # fmt: skip
    notebook = {"cells": written, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    (folder / "work").mkdir()
    (folder / "work" / "timed.ipynb").write_text(json.dumps(notebook), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, **places, "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": path}
    own = (f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder / 'work'}")
    with (folder / "server.log").open("w") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *_SETTINGS, *own],
            cwd=folder,
            env=env,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            while True:
                try:
                    urllib.request.urlopen(f"{url}/api", timeout=60).close()
                    break
                except OSError:
                    if run.poll() is not None:
                        raise RuntimeError((folder / "server.log").read_text()) from None
                    time.sleep(0.1)
            yield f"{url}/lab/tree/timed.ipynb?token={_TOKEN}"
        finally:
            run.terminate()
            run.wait()
