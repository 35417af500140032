"""Write the map of modules in docs/architecture.md anew: `python docs/make_map.py`."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAP = ROOT / "docs" / "architecture.md"
FOLDERS = {
    "app.py": "The app's entry",
    "dashboard": "Dashboard: what planners see",
    "scenarios": "Scenarios: levers, effects, three lines",
    "scenarios/commands": "Commands: the command line",
    "scenarios/learning": "Learning from history: designs, checks, verdicts",
    "forecast": "Forecast: figures, histories, models, outlook, tables",
    "forecast/models": "Models behind one protocol",
    "forecast/pooled": "The learned combination behind `auto`",
}


def sentence(path: Path) -> str:
    """Give the first line of a module's docstring."""
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return doc.splitlines()[0]


def modules() -> str:
    """Give the tables of all modules, by folder from the top of the program down."""
    parts = []
    for folder, title in FOLDERS.items():
        place = ROOT / folder
        paths = [place] if place.is_file() else sorted(p for p in place.glob("*.py") if p.name != "__init__.py")
        rows = [f"| `{p.relative_to(ROOT).as_posix()}` | {sentence(p)} |" for p in paths]
        parts.append("\n".join([f"### {title}", "", "| module | what it is |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def renewed(text: str) -> str:
    """Give the page with the part between its marks made anew."""
    return re.sub(r"(?s)(<!-- map -->\n).*(\n<!-- end of map -->)", lambda m: m[1] + modules() + m[2], text)


if __name__ == "__main__":
    MAP.write_text(renewed(MAP.read_text(encoding="utf-8")), encoding="utf-8")
