"""Counties' stories against what a person expected: three played through the whole system by the command a user would type, the
others read by the reader alone."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import pytest

from services.cli.score import Score, read_lines, score
from services.cli.train import of_folder
from services.intake.learning.examples import walk
from services.intake.learning.model import Model, load
from services.intake.learning.shelf import SHIPPED
from shared.events.intake import Kind
from shared.learning.shelf import FILE
from shared.settings import Settings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
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


def test_a_county_of_other_speech_is_understood(tmp_path: Path) -> None:
    result = replayed(HERE / "unseen", tmp_path / "report.jsonl")
    assert result.kind.share >= 0.93, shown(result)
    assert result.linking.share >= 0.95, shown(result)
    assert result.department.share >= 0.9, shown(result)
    assert result.flags["urgent"].share >= 0.9, shown(result)
    assert result.flags["sealed"].share == 1, shown(result)


@pytest.mark.skipif(not OUTSIDE.exists(), reason="the county's story is not beside the project on this machine")
def test_the_countys_own_story_is_understood(tmp_path: Path) -> None:
    """The shipped model has learned from this one too; held out, its card says how it reads it."""
    result = replayed(OUTSIDE, tmp_path / "report.jsonl")
    assert result.kind.share >= 0.95, shown(result)
    assert result.linking.share >= 0.95, shown(result)
    assert result.department.share >= 0.8, shown(result)
    assert result.flags["sealed"].share == 1, shown(result)
    assert result.flags["accept_overdue"].share == 1, shown(result)
    assert result.answered.share == 1, shown(result)


@dataclass
class Shares:
    """Of a county read message by message, each in the conversation as it was understood so far."""

    kinds: float
    links: float
    sealed: float
    """of what accuses somebody"""
    sealed_falsely: float
    """of all"""
    asked: float
    """of all: what waits for a person"""


def read_by(county: str, model: Model | None) -> Shares:
    steps = walk(of_folder(HERE / county), model)
    reports = [step for step in steps if step.example.kind is Kind.REPORT]
    below = Settings.model_fields["triage_below"].default
    return Shares(
        kinds=mean(step.reading.kind is step.example.kind for step in steps),
        links=mean(step.linked for step in steps),
        sealed=mean(step.reading.sealed for step in reports),
        sealed_falsely=mean(step.reading.kind is Kind.REPORT is not step.example.kind for step in steps),
        asked=mean(step.reading.confidence < below for step in steps),
    )


@pytest.mark.parametrize(
    ("county", "kinds", "links", "sealed"),
    [
        ("unseen", 0.93, 0.95, 1.0),
        ("heldout", 0.93, 0.95, 1.0),
        ("north", 0.76, 0.82, 1.0),
        ("hills", 0.76, 0.84, 1.0),
        ("plain", 0.7, 0.8, 1.0),
        ("young", 0.62, 0.72, 0.7),
    ],
)
def test_the_rules_alone_read_no_worse_than_before(county: str, kinds: float, links: float, sealed: float) -> None:
    """Of the last two counties nobody who works on the reader has read the misses: keep it so. Only shares are shown."""
    shares = read_by(county, None)
    assert shares.kinds >= kinds, shares
    assert shares.links >= links, shares
    assert shares.sealed >= sealed, shares


def test_the_model_that_comes_along_reads_counties_it_never_saw() -> None:
    """Both together: of the 150 messages of one, three points are chance."""
    model = load(SHIPPED / FILE)
    both = [read_by(county, model) for county in ("plain", "young")]
    assert mean(shares.kinds for shares in both) >= 0.83, both
    assert mean(shares.links for shares in both) >= 0.88, both
    assert mean(shares.sealed for shares in both) >= 0.9, both
    assert max(shares.sealed_falsely for shares in both) <= 0.03, both
    assert mean(shares.asked for shares in both) <= 0.2, both
