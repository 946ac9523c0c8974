"""The files that other services read: GitHub's workflows, the container, Binder."""

import json
import re
from itertools import chain

import pytest
import yaml

from tools.notebooks import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(chain(*map(str.split, re.findall(r"^\.PHONY:(.*)$", MAKE, re.M))))
CRON = re.compile(r"(?:[\d*/,-]+ ){4}[\d*/,-]+")
KNOWN = {"uses", "with", "run", "name", "id", "env", "if"}


def ids(path):
    return path.stem


def read(path):
    """The workflow as YAML 1.2 has it: `on` is a word there, and 3.10 no number."""
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


def faults(workflow):
    """What GitHub, or whoever cares for the machine, would refuse."""
    yield from {"name", "on", "permissions", "jobs"} - set(workflow)
    for entry in workflow["on"].get("schedule", []):
        if not CRON.fullmatch(entry["cron"]):
            yield f"no time: {entry['cron']}"
    for name, job in workflow["jobs"].items():
        yield from (f"{name}: {key}" for key in {"runs-on", "steps"} - set(job))
        if not str(job.get("timeout-minutes", "")).isdecimal():
            yield f"{name} may run for hours"
        needs = job.get("needs", [])
        for needed in [needs] if isinstance(needs, str) else needs:
            if needed not in workflow["jobs"]:
                yield f"{name} needs {needed}"
        for step in job.get("steps", []):
            yield from (f"{name}: {fault}" for fault in step_faults(step))


def step_faults(step):
    yield from set(step) - KNOWN
    if ("uses" in step) == ("run" in step):
        yield f"either uses or run: {step}"
    if "uses" in step and not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"]):
        yield f"no version: {step['uses']}"
    command = step.get("run", "")
    if "${{" in command:
        yield f"text from outside in a command: {command}"
    for target in re.findall(r"\bmake ([\w-]+)", command):
        if target not in TARGETS:
            yield f"no target {target}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=ids)
def test_workflow_has_no_fault(path):
    assert list(faults(read(path))) == []


def test_tests_run_on_every_python_of_the_book():
    matrix = read(ROOT / ".github/workflows/tests.yml")["jobs"]["tests"]["strategy"]
    assert matrix["matrix"]["python"] == ["3.11", "3.12", "3.13"]


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ({"run": "make boook"}, "no target boook"),
        ({"run": "echo ${{ github.head_ref }}"}, "text from outside"),
        ({"uses": "actions/checkout@main"}, "no version"),
        ({"run": "make book", "shel": "bash"}, "shel"),
        ({"name": "Nothing"}, "either uses or run"),
    ],
)
def test_a_fault_of_a_step_is_seen(step, fault):
    assert any(fault in found for found in step_faults(step))


def test_a_fault_of_a_job_is_seen():
    job = {"runs-on": "ubuntu-24.04", "steps": [], "needs": "nobody"}
    on = {"schedule": [{"cron": "weekly"}]}
    found = list(faults({"name": "a", "on": on, "permissions": {}, "jobs": {"b": job}}))
    assert found == ["no time: weekly", "b may run for hours", "b needs nobody"]


def test_container_and_binder_call_targets_that_are_there():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    binder = (ROOT / ".binder/postBuild").read_text("utf-8")
    for command in (container["postCreateCommand"], binder):
        (target,) = re.findall(r"^make (\w+)", command, re.M)
        assert target in TARGETS


def test_constraints_of_colab_name_what_the_package_asks_for():
    lines = (ROOT / "constraints-colab.txt").read_text("utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    asked = (ROOT / "pyproject.toml").read_text("utf-8")
    assert all(f'"{name}>=' in asked for name in pinned - {"ipykernel"})
