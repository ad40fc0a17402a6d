"""Counties' stories, played through the whole system by the command a user would type, against what a person expected."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.score import Score, read_lines, score

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "services" / "cli" / "demo"
OUTSIDE = ROOT.parent / "shared" / "data" / "county"
"""a story kept beside the project, on machines that have one"""


def replayed(story: Path, report: Path) -> Score:
    files = {name: str(story / f"{name}.csv") for name in ("groups", "roster", "departments")}
    options = [part for name, path in files.items() for part in (f"--{name}", path)]
    command = [sys.executable, "-m", "services.cli.main", "replay", str(story / "transcript.jsonl"), *options]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MINSHENG_")}
    done = subprocess.run(
        [*command, "--report", str(report)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines, expected = read_lines(report), read_lines(story / "expected.jsonl")
    assert len(lines) == len(expected)
    assert all(line["kind"] for line in lines)
    return score(lines, expected)


def shown(result: Score) -> str:
    parts = (result.kind, result.linking, result.department, result.answered, *result.flags.values())
    return "\n".join(miss for part in parts for miss in part.misses)


def test_the_demo_county_is_understood(tmp_path: Path) -> None:
    result = replayed(DEMO, tmp_path / "report.jsonl")
    assert result.kind.share >= 0.9, shown(result)
    assert result.linking.share >= 0.9, shown(result)
    assert result.department.share >= 0.8, shown(result)
    assert result.flags["sealed"].share == 1, shown(result)


@pytest.mark.parametrize("county", ["unseen", "heldout"])
def test_a_county_of_other_speech_is_understood(tmp_path: Path, county: str) -> None:
    result = replayed(Path(__file__).parent / county, tmp_path / "report.jsonl")
    assert result.kind.share >= 0.93, shown(result)
    assert result.linking.share >= 0.95, shown(result)
    assert result.department.share >= 0.9, shown(result)
    assert result.flags["urgent"].share >= 0.9, shown(result)
    assert result.flags["sealed"].share == 1, shown(result)


@pytest.mark.parametrize(
    ("county", "kinds", "links"), [("north", 0.76, 0.82), ("hills", 0.76, 0.84), ("plain", 0.7, 0.8), ("young", 0.62, 0.72)]
)
def test_a_county_of_another_hand_is_no_worse_understood_than_before(
    tmp_path: Path, county: str, kinds: float, links: float
) -> None:
    """Of the last two counties nobody who works on the rules has read the misses: keep it so. Only shares are shown."""
    result = replayed(Path(__file__).parent / county, tmp_path / "report.jsonl")
    shares = {"kinds": result.kind.share, "links": result.linking.share, "sealed": result.flags["sealed"].share}
    assert shares["kinds"] >= kinds
    assert shares["links"] >= links
    assert shares["sealed"] >= 0.95


@pytest.mark.skipif(not OUTSIDE.exists(), reason="the county's story is not beside the project on this machine")
def test_the_countys_own_story_is_understood(tmp_path: Path) -> None:
    result = replayed(OUTSIDE, tmp_path / "report.jsonl")
    assert result.kind.share >= 0.9, shown(result)
    assert result.linking.share >= 0.9, shown(result)
    assert result.department.share >= 0.8, shown(result)
    for flag in ("sealed", "accept_overdue"):
        assert result.flags[flag].share == 1, shown(result)
    assert result.answered.share == 1, shown(result)
