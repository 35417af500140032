"""The shape of the program: imports point one way, heavy libraries stay in their place, files stay short."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("forecast", "scenarios", "dashboard", "app")
"""From the bottom up: each may import itself and those before it."""

ONLY_IN = {
    "streamlit": ("dashboard/", "app.py"),
    "altair": ("dashboard/", "scenarios/commands/"),
    "typer": ("scenarios/cli.py", "scenarios/commands/"),
    "prophet": ("forecast/models/prophet_library.py",),
    "statsmodels": ("forecast/models/", "scenarios/learning/"),
    "sktime": ("forecast/sktime_adapter.py",),
    "pyfixest": ("scenarios/learning/",),
    "pysyncon": ("scenarios/learning/",),
}
SOURCES = sorted(
    path
    for path in [ROOT / "app.py", *(p for layer in LAYERS[:3] for p in (ROOT / layer).rglob("*.py"))]
    if "bundled" not in path.parts
)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imports(path: Path) -> set[str]:
    """Top-level names of all modules a file imports, wherever in the file, by statement or by name in a call."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)}: relative import; write the full name"
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.split(".")[-1] in ("import_module", "__import__") and node.args:
                assert isinstance(node.args[0], ast.Constant), f"{_name(path)}: import of a computed name"
                found.add(str(node.args[0].value).split(".")[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_imports_point_down(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0].removesuffix(".py")
    above = set(LAYERS[LAYERS.index(layer) + 1 :]) | {"tests", "benchmarks", "notebooks"}
    assert not _imports(path) & above


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_heavy_libraries_stay_in_their_place(path: Path) -> None:
    for library, places in ONLY_IN.items():
        if library in _imports(path):
            assert _name(path).startswith(places), f"{_name(path)} imports {library}"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_files_stay_under_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_file_is_named_after_nothing(path: Path) -> None:
    assert path.stem not in ("utils", "util", "helpers", "helper", "common", "misc", "core", "base")


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_the_program_names_no_place_of_its_makers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\.\./shared|['\"](?:/home|/root|/tmp)/", text)


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("forecast.catalog, forecast.observations", ("pandas", "scenarios", "streamlit")),
        ("forecast.models", ("prophet", "statsmodels", "scenarios", "streamlit")),
        ("scenarios.cli", ("pandas", "streamlit", "altair", "prophet", "dashboard")),
        ("scenarios.learning", ("pandas", "statsmodels", "pyfixest", "pysyncon")),
    ],
)
def test_importing_a_module_loads_nothing_heavy(module: str, forbidden: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([m for m in {forbidden!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_map_in_the_documentation_lists_every_module_and_no_other() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`((?:forecast|scenarios|dashboard)/[\w/]+\.py|app\.py)`", text))
    real = {_name(p) for p in SOURCES if p.name != "__init__.py"}
    remedy = "run python docs/make_map.py"
    assert listed == real, f"missing in the map: {sorted(real - listed)}; not there: {sorted(listed - real)}; {remedy}"
