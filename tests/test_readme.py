"""The README prints what the commands print, its lines of Python run, and its links lead somewhere."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
MAKE = runpy.run_path(str(ROOT / "docs" / "make_readme.py"))
BLOCKS = [(m[2].rstrip("\n"), m[3]) for m in MAKE["BLOCK"].finditer(TEXT)]


def parted(text: str) -> tuple[list[str], list[float]]:
    """Give the words of an output and, apart, its numbers."""
    numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]
    return re.sub(r"\d[\d,]*(?:\.\d+)?", "#", text).split(), numbers


def test_the_readme_shows_outputs_of_a_forecast_and_of_the_demo() -> None:
    assert [line.split()[2] for line, _ in BLOCKS] == ["forecast", "demo"]


@pytest.mark.slow
@pytest.mark.parametrize(("line", "shown"), BLOCKS, ids=[line.split()[2] for line, _ in BLOCKS])
def test_commands_print_what_the_readme_shows(line: str, shown: str) -> None:
    words, numbers = parted(MAKE["printed"](line))
    expected_words, expected = parted(shown)
    assert words == expected_words
    # another processor may round otherwise in the last digit of a sum
    assert numbers == pytest.approx(expected, rel=0.01, abs=0.11)


def test_the_lines_of_python_run(capsys: pytest.CaptureFixture[str]) -> None:
    (lines,) = re.findall(r"(?s)```python\n(.*?)```", TEXT)
    exec(compile(lines, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "finance-push" in printed
    assert "..." not in printed


@pytest.mark.parametrize(
    "page", sorted({README, *(ROOT / "docs").rglob("*.md")}), ids=lambda p: str(p.relative_to(ROOT))
)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if not (page.parent / link).exists()]
    assert gone == []
    if page == README:
        assert len(links) > 5


def test_every_target_of_make_that_is_named_exists() -> None:
    named = set(re.findall(r"(?m)(?:`|^)make ([a-z-]+)", TEXT))
    assert {"app", "test", "demo"} <= named
    assert named <= set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
