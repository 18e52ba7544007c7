"""The rules of the house that a machine can check."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from roomctl.web.access import RULES

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
MOST_LINES = 400
PRODUCT = ("roomctl", "device_drivers")
TEXT = {".py", ".html", ".css", ".js", ".mjs", ".md", ".cfg", ".toml", ".txt", ".po", ".ini", ".mako", ".json", ".yml", ""}


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def sources() -> list[Path]:
    return sorted(path for folder in PRODUCT for path in (ROOT / folder).rglob("*.py"))


def tracked() -> list[Path]:
    """Return the files that are part of the project: those git knows, or would know if they were added."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a clone")
    names = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file() and (ROOT / name).suffix in TEXT]


def lines_with(pattern: str, files: list[Path]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}" for path in files
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1) if re.search(pattern, line)]


def endpoints() -> set[str]:
    return set(RULES)


def rendered(module: Path) -> set[str]:
    """Return the templates a page module renders."""
    return {call.args[0].value for call in ast.walk(ast.parse(module.read_text()))
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "render_template"}


def test_each_floor_looks_down_and_never_up():
    answer = run(str(PROGRAMS / "lint-imports"), "--no-cache")

    assert answer.returncode == 0, answer.stdout[-3000:]


def test_the_code_is_clean():
    answer = run(str(PROGRAMS / "ruff"), "check", "--output-format", "concise", ".")

    assert answer.returncode == 0, answer.stdout


def test_every_endpoint_is_a_function_of_the_module_its_name_says():
    lost = []
    for endpoint in sorted(endpoints()):
        persona, subject, function = endpoint.split(".")
        module = ROOT / "roomctl" / "web" / persona / f"{subject}.py"
        body = ast.parse(module.read_text()).body if module.exists() else []
        names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
        if function not in names:
            lost.append(endpoint)

    assert lost == []


def test_every_page_renders_templates_of_its_own_folder_that_exist():
    lost = []
    for persona, subject in sorted({tuple(endpoint.split(".")[:2]) for endpoint in endpoints()}):
        for template in rendered(ROOT / "roomctl" / "web" / persona / f"{subject}.py"):
            if not template.startswith(f"{persona}/{subject}/") or not (ROOT / "templates" / template).exists():
                lost.append((persona, subject, template))

    assert lost == []


def test_every_template_folder_belongs_to_a_page():
    folders = {path.relative_to(ROOT / "templates").parts for path in (ROOT / "templates").glob("*/*") if path.is_dir()}

    assert {folder for folder in folders if not (ROOT / "roomctl" / "web" / folder[0] / f"{folder[1]}.py").exists()} == set()


def test_every_page_has_its_tests():
    elsewhere = {("public", "assets"), ("public", "home")}  # Proven by test_protection and test_sign_in.
    pages = {tuple(endpoint.split(".")[:2]) for endpoint in endpoints()} - elsewhere

    assert [page for page in sorted(pages) if not (ROOT / "tests" / "web" / page[0] / f"test_{page[1]}.py").exists()] == []


def test_every_module_says_what_it_promises():
    assert [str(path.relative_to(ROOT)) for path in sources() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_every_package_says_what_lives_in_it():
    folders = {path.parent for folder in PRODUCT for path in (ROOT / folder).rglob("*.py")}

    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders)
            if not (folder / "__init__.py").exists() or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))] == []


def test_no_file_holds_more_than_a_person_can_keep_in_mind():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}

    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_file_is_called_after_nothing():
    assert [str(path.relative_to(ROOT)) for path in sources() if re.search("util|helper|common|manager|misc", path.stem)] == []


def test_nothing_is_left_to_be_done_later():
    files = [path for path in tracked() if path.suffix in (".py", ".html", ".css", ".js", ".mjs") and path != Path(__file__)]

    assert lines_with(r"\b(TODO|FIXME|XXX|HACK)\b", files) == []


def test_no_file_mentions_a_place_on_one_persons_machine():
    files = [path for path in tracked() if path != Path(__file__)]

    assert lines_with(r"(?<![\w.])/work/|(?<![\w/])shared/|/home/[a-z]+/|/Users/", files) == []


def test_no_secret_and_no_database_is_part_of_the_project():
    assert [path.name for path in tracked() if re.search(r"\.(db|pem|key|sqlite3?)$|^\.env$|id_(rsa|ed25519)", path.name)] == []
