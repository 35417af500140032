"""Import a folder of evidence as the new vintage of this data package.

    python data/import_evidence.py EVIDENCE_FOLDER [ESTIMATES_FOLDER]

EVIDENCE_FOLDER holds the tables of published figures (observations, indicators, regions, sources, events, targets,
breaks, effects, levers_seen, seed_figures); ESTIMATES_FOLDER the two tables estimated from them (by default the folder
`<EVIDENCE_FOLDER>_estimates` beside it). Every table is replaced whole, none is edited in place; values, keys and
row order stay as they are. The import

- refuses a folder whose tables have other columns than the descriptor of this package knows,
- takes quotation marks out of text columns and refuses texts so long that they could be quoted sentences,
- writes UTF-8 with line feeds, and then rebuilds `datapackage.json` (see `build_descriptor.py`).

Never touched by the import: corrections.csv, units.csv, names.csv and seed_mentions.csv, which are kept by hand, and
hindcasts.csv, which benchmarks/hindcasts.py writes.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from build_descriptor import COLUMNS, write_descriptor

HERE = Path(__file__).resolve().parent
EVIDENCE = (
    "observations", "indicators", "regions", "sources", "events", "targets", "breaks", "effects", "levers_seen",
    "seed_figures",
)  # fmt: skip
ESTIMATES = ("effects_from_panel", "parameters")
TEXTS = {"note", "description", "title", "seeds_say", "figure_as_printed", "status", "context", "design", "intensity"}
LONGEST_TEXT = 260  # a plain note; anything longer is probably a sentence taken from somewhere
QUOTES = str.maketrans({c: None for c in '"“”„«»「」『』'})


def imported(path: Path) -> list[list[str]]:
    """Read one table of the evidence, checked, with quotation marks taken out of its texts."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    expected = list(COLUMNS[path.stem])
    if rows[0] != expected:
        sys.exit(
            f"{path.name}, row 1: columns are {rows[0]}; expected {expected}. Update COLUMNS if the format changed."
        )
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(expected):
            sys.exit(f"{path.name}, row {number}: {len(row)} cells; expected {len(expected)}. Mend the evidence.")
        for i, name in enumerate(expected):
            if name in TEXTS:
                row[i] = row[i].translate(QUOTES)
                if len(row[i]) > LONGEST_TEXT or "\n" in row[i]:
                    sys.exit(f"{path.name}, row {number}: {name} is a long text. Shorten it to a plain note.")
    return rows


def main(arguments: list[str]) -> None:
    """Import the folders named on the command line."""
    if len(arguments) not in (1, 2):
        sys.exit(str(__doc__))
    evidence = Path(arguments[0])
    estimates = Path(arguments[1]) if len(arguments) == 2 else evidence.with_name(evidence.name + "_estimates")
    paths = [evidence / f"{name}.csv" for name in EVIDENCE] + [estimates / f"{name}.csv" for name in ESTIMATES]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        sys.exit(f"not found: {', '.join(missing)}. Give the folder of the evidence, then that of the estimates.")
    tables = {path.name: imported(path) for path in paths}  # all are read and checked before one is written
    for name, rows in tables.items():
        with (HERE / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        print(f"{name}: {len(rows) - 1:,} rows")
    write_descriptor()


if __name__ == "__main__":
    main(sys.argv[1:])
