"""What the documents on scenarios show is run: files, messages, Python, commands."""

import re
from pathlib import Path

import pytest
from fixed_outlook import fixed_outlook
from typer.testing import CliRunner

from forecast.errors import InputError
from scenarios import effects, moves, renewals
from scenarios.cli import app
from scenarios.engine import run
from scenarios.files import parse_scenario
from scenarios.levers import read_lever

DOCS = Path(__file__).parent.parent / "docs"
FILES = (DOCS / "scenario-files.md").read_text(encoding="utf-8")
METHOD = (DOCS / "methods" / "scenarios.md").read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{re.escape(kind)}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", blocks(FILES, "yaml"))
def test_examples_of_files_are_read_and_move_something(text: str) -> None:
    scenario = parse_scenario(text)
    assert run(scenario, fixed_outlook(n_paths=10)).changed


@pytest.mark.parametrize(
    ("text", "message"), list(zip(blocks(FILES, "yaml wrong"), blocks(FILES, "text"), strict=True))
)
def test_examples_of_mistakes_are_refused_in_the_words_shown(text: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message.strip())):
        parse_scenario(text)


@pytest.mark.parametrize("text", blocks(FILES, "python"))
def test_python_in_the_documents_runs(text: str) -> None:
    exec(text, {})


def test_commands_in_the_documents_exist_and_those_without_an_outlook_run() -> None:
    commands = [line.split() for text in blocks(FILES, "sh") for line in text.splitlines()]
    assert len(commands) >= 5
    runner = CliRunner()
    for words in commands:
        assert words[0] == "ip-foresight"
        name = words[2]
        heavy = name in ("run", "verify")
        done = runner.invoke(app, ["scenario", name, "--help"] if heavy else words[1:])
        assert done.exit_code == 0, words
        for option in [w for w in words if w.startswith("--")]:
            assert option in done.output


def test_the_lever_shown_is_a_whole_lever(tmp_path: Path) -> None:
    (text,) = blocks(METHOD, "yaml lever")
    path = tmp_path / "mobile_courts.yaml"
    path.write_text(text, encoding="utf-8")
    lever = read_lever(path)
    assert lever.effects[0].size.sign == 1
    assert not lever.effects[0].size.known


def test_the_method_names_constants_as_they_are() -> None:
    assert f"`SHRINK` ({effects.SHRINK:g})" in METHOD
    assert f"({', '.join(f'{v:g}' for v in effects.GRADE_SPREAD.values())} for grades A to D)" in METHOD
    assert f"`ABROAD_SPREAD` ({effects.ABROAD_SPREAD:g})" in METHOD
    assert f"sqrt(1 + {moves.MANY_SPREAD:g} (k - 1))" in METHOD
    assert renewals.RENEWAL_YEARS == 10
    assert "renewed every ten years" in METHOD


def test_every_path_and_link_in_the_documents_leads_somewhere() -> None:
    root = DOCS.parent
    for text in (FILES, METHOD):
        for path in re.findall(r"`((?:scenarios|tests|data|benchmarks)/[\w/.]+?\.\w+)`", text):
            assert (root / path).exists(), path
    for document, text in ((DOCS / "scenario-files.md", FILES), (DOCS / "methods" / "scenarios.md", METHOD)):
        for link in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert (document.parent / link).exists(), link
