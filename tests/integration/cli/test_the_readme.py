"""The README's commands are run as a new user would type them."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[3]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
START_SECONDS = 60.0
COMMANDS = [block for block in BLOCKS if not block.startswith("make ") and "…" not in block]
NAMED = sorted(set(re.findall(r"\.venv/bin/minsheng (\w+)((?:(?!\.venv/bin|#).)*)", "".join(BLOCKS), re.DOTALL)))


def clean(**given: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MINSHENG_")} | given


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """`minsheng up` as it says itself: its URLs and its key, as the variables of the README."""
    home = tmp_path_factory.mktemp("readme")
    said = home / "said.log"
    words = [sys.executable, "-m", "services.cli.main", "up", "--home", str(home / "data")]
    with said.open("wb") as log, subprocess.Popen(words, cwd=ROOT, env=clean(), stdout=log, stderr=log) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while "Ctrl-C" not in said.read_text(errors="replace"):
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < deadline, said.read_text()
                time.sleep(0.05)
            urls = {name.upper(): url for name, url in re.findall(r"^ +(\w+) +(http\S+)/docs$", said.read_text(), re.MULTILINE)}
            found = re.search(r"ms_\S+", said.read_text())
            assert found
            yield clean(**urls, KEY=found[0], PATH=f"{os.environ['PATH']}", HOME=str(home))
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("block", COMMANDS, ids=[block.split("\n")[0][:40] for block in COMMANDS])
def test_a_command_of_the_readme_works(block: str, county: dict[str, str], tmp_path: Path) -> None:
    for name in (".venv", "services"):
        (tmp_path / name).symlink_to(ROOT / name)
    script = block.replace("curl ", "curl --fail-with-body --silent --show-error --noproxy '*' ")
    done = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, env=county, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_a_message_posted_as_the_readme_says_becomes_a_case(county: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {county['KEY']}"}
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    with httpx.Client(trust_env=False, headers=headers) as client:
        read = client.get(f"{county['INTAKE']}/messages/wecom/m-1").json()
        assert (read["reading"]["kind"], read["reading"]["urgent"]) == ("appeal", True)
        deadline = time.monotonic() + 20
        while not (cases := client.get(f"{county['ROUTING']}/cases").json()["cases"]):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert cases[0]["number"] == read["number"]


@pytest.mark.parametrize(("command", "words"), NAMED, ids=[command for command, _ in NAMED])
def test_every_option_the_readme_names_exists(command: str, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli.main", command, "--help"], cwd=ROOT, env=clean(COLUMNS="200"), capture_output=True,
        text=True, timeout=30, check=True,
    )  # fmt: skip
    for option in re.findall(r"--[a-z-]+", words):
        assert option in done.stdout


def test_a_machine_that_was_set_up_needs_no_network_to_start_again() -> None:
    if not (ROOT / ".venv" / ".installed").exists():
        pytest.skip("not set up by make")
    offline = clean(UV_OFFLINE="1", PIP_NO_INDEX="1", HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9")
    done = subprocess.run(["make", "setup"], cwd=ROOT, env=offline, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
