"""`minsheng sla whatif` over a story that was played: a table, a picture, and a plain line for a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from services.sla.policy import shipped
from tests.integration.cli.test_commands import FIRST, ROOT, STORY, minsheng, replay_of

MONTH = "2025-06"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whatif")
    transcript = folder / "transcript.jsonl"
    transcript.write_text("\n".join((STORY / "transcript.jsonl").read_text().splitlines()[:FIRST]))
    done = minsheng(*replay_of(transcript, folder / "report.jsonl"), "--home", str(folder / "data"))
    assert done.returncode == 0, done.stderr
    return folder


def test_a_stricter_policy_is_shown_beside_what_happened(home: Path) -> None:
    policy = home / "policy.toml"
    policy.write_text(
        shipped().replace("2026-1", "strict").replace('"10 minutes"', '"2 minutes"').replace('"5 minutes"', '"1 minute"')
    )
    picture = home / "whatif.png"
    asked = ("sla", "whatif", str(policy), "--month", MONTH, "--home", str(home / "data"))
    done = minsheng(*asked, "--picture", str(picture))
    assert done.returncode == 0, done.stderr
    assert "strict" in done.stdout
    assert "答复" in done.stdout
    assert "→" in done.stdout
    with Image.open(picture) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width > 500


def test_a_wrong_policy_is_one_plain_line_with_the_line_at_fault(home: Path) -> None:
    policy = home / "wrong.toml"
    policy.write_text(shipped().replace('"5 workdays"', '"5 weeks"'))
    done = minsheng("sla", "whatif", str(policy), "--home", str(home / "data"))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "line " in done.stderr
    assert "say how long" in done.stderr
    assert minsheng("sla", "whatif", str(policy.with_name("none.toml"))).returncode == 1


def test_without_matplotlib_a_picture_is_refused_with_what_to_install(home: Path) -> None:
    policy = home / "policy.toml"
    policy.write_text(shipped())
    program = "import sys; sys.modules['matplotlib'] = None; from services.cli.main import main; main()"
    asked = ["sla", "whatif", str(policy), "--home", str(home / "data"), "--picture", str(home / "none.png")]
    done = subprocess.run(
        [sys.executable, "-c", program, *asked], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "minsheng[pictures]" in done.stderr
