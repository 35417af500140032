"""Chart templates, built once and then only fed with data.

Checking a specification is the dear part of a chart (100 to 600 ms); so each kind of chart is built once per theme,
language and unit, kept on disk as a plain dict with named, empty data sets, and filled for every picture. Nothing that
changes with a lever stands in a template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from dashboard.scales import year_axis
from forecast.store import Arrays, address, packed, stored, unpacked

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Template:
    """A finished chart without data.

    Parameters
    ----------
    spec : dict
        Vega-Lite specification; never changed after it is built.
    names : frozenset of str
        Data sets it draws from.
    """

    spec: dict[str, Any]
    names: frozenset[str]

    def filled(self, frames: dict[str, Rows]) -> dict[str, Any]:
        """Give the specification with data beside it; data sets that are not given are empty.

        Raises
        ------
        KeyError
            Where `frames` names a data set the template does not draw.
        """
        if extra := frames.keys() - self.names:
            raise KeyError(f"The template draws {sorted(self.names)}, not {sorted(extra)}.")
        return {**self.spec, "datasets": {name: frames.get(name, []) for name in sorted(self.names)}}


ANY_WINDOW = (1800, 1860)
"""Years of a template that fits none yet."""


@lru_cache(maxsize=512)
def template(kind: str, theme: str, lang: str, options: tuple[tuple[str, Any], ...] = ()) -> Template:
    """Give the finished template of a kind of chart; years and height are put into one that was built once."""
    given = dict(options)
    window, height = given.pop("window", None), given.pop("height", None)
    if window is not None:
        given["window"] = ANY_WINDOW
    built = _built(kind, theme, lang, tuple(sorted(given.items())))
    spec = built.spec if window is None else _fitted(built.spec, window)
    return replace(built, spec=spec if height is None else {**spec, "height": height})


def _fitted(node: Any, window: tuple[int, int]) -> Any:
    if isinstance(node, list):
        return [_fitted(value, window) for value in node]
    if not isinstance(node, dict):
        return node
    out = {key: _fitted(value, window) for key, value in node.items()}
    if isinstance(out.get("scale"), dict) and out["scale"].get("domain") == year_axis(*ANY_WINDOW)[0]:
        out["scale"]["domain"], ticks = year_axis(*window)
        if isinstance(out.get("axis"), dict):
            out["axis"]["values"] = ticks
    return out


@lru_cache(maxsize=128)
def _built(kind: str, theme: str, lang: str, options: tuple[tuple[str, Any], ...]) -> Template:
    """Give a template from disk, or build it and keep it there: Altair takes a second to load and to check."""

    def compute() -> Arrays:
        from dashboard.chart_kinds import built

        return {"spec": packed(built(kind, theme, lang, options))}

    path = address(f"chart-{kind}-{theme}-{lang}", _code(), *options)
    spec = cast(dict[str, Any], unpacked(stored(path, compute)["spec"]))
    return Template(spec, frozenset(_data_sets(spec)))


@cache
def _code() -> str:
    """Give a hash of the code that templates are built by."""
    digest = hashlib.sha256(metadata.version("altair").encode())
    here = Path(__file__).resolve().parent
    for file in sorted([*here.glob("*.py"), *(here / "catalogs").iterdir()]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _data_sets(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        data = node.get("data")
        if isinstance(data, dict) and "name" in data:
            yield str(data["name"])
        for value in node.values():
            yield from _data_sets(value)
    elif isinstance(node, list):
        for value in node:
            yield from _data_sets(value)
