"""Rebuild `datapackage.json`, the Frictionless descriptor of this folder.

    python data/build_descriptor.py

Titles, column descriptions, types, constraints and keys come from `schema.py` beside this file; bytes, SHA-256 hashes
and row counts are measured from the tables. The same tables give the same descriptor, byte for byte: nothing in it
depends on the clock, the machine or the order of a folder listing.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

from schema import COLUMNS, LICENCES, TABLES, Column, Table

HERE = Path(__file__).resolve().parent
__all__ = ["COLUMNS", "descriptor", "write_descriptor"]


def field(column: Column) -> dict[str, object]:
    """Describe one column in the words of a Frictionless table schema."""
    constraints: dict[str, object] = dict(column.constraints)
    if column.required:
        constraints = {"required": True, **constraints}
    out: dict[str, object] = {"name": column.name, "type": column.type, "description": column.description}
    if column.type == "boolean":
        out |= {"trueValues": ["1"], "falseValues": ["0"]}
    if constraints:
        out["constraints"] = constraints
    if column.refers_to:  # cells with several keys, or with a wildcard, which a Frictionless foreign key cannot say
        out["refersTo"] = column.refers_to
        out["separator"] = ";"
    return out


def resource(table: Table) -> dict[str, object]:
    """Describe one table, with its size, hash and rows as they are now."""
    path = HERE / f"{table.name}.csv"
    content = path.read_bytes()
    with path.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    schema: dict[str, object] = {"fields": [field(column) for column in COLUMNS[table.name].values()]}
    schema["missingValues"] = [""]
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.foreign:
        schema["foreignKeys"] = [
            {"fields": [mine], "reference": {"resource": other, "fields": [theirs]}}
            for mine, other, theirs in table.foreign
        ]
    return {
        "name": table.name,
        "type": "table",
        "title": table.title,
        "description": table.description,
        "path": path.name,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "origin": table.origin,
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "rows": rows,
        "fields": len(COLUMNS[table.name]),
        "schema": schema,
    }


def retrieved() -> str:
    """Give the latest date on which a source was retrieved: the vintage of the package."""
    with (HERE / "sources.csv").open(encoding="utf-8", newline="") as file:
        return max(row["retrieved"] for row in csv.DictReader(file))


def descriptor() -> dict[str, object]:
    """Describe the whole package."""
    vintage = retrieved()
    return {
        "name": "ip-foresight-evidence",
        "title": "Published figures on intellectual property in China",
        "description": "Patents, trademarks, pledge financing, copyright, geographical indications, data IP, "
        "royalties, enforcement and their drivers, for China, its 31 provinces, two groups of provinces and 19 cities: "
        "figures with their sources, definition breaks, plan targets, policy events and effect sizes.",
        "profile": "data-package",
        "version": vintage.replace("-", "."),
        "created": f"{vintage}T00:00:00Z",
        "keywords": ["intellectual property", "patents", "trademarks", "pledge financing", "China"],
        "licenses": LICENCES,
        "resources": [resource(table) for table in TABLES],
    }


def write_descriptor() -> None:
    """Write `datapackage.json` beside this script."""
    text = json.dumps(descriptor(), indent=1, ensure_ascii=False) + "\n"
    (HERE / "datapackage.json").write_text(text, encoding="utf-8", newline="\n")
    print(f"datapackage.json: {len(TABLES)} tables")


if __name__ == "__main__":
    write_descriptor()
