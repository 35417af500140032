"""A run that can be made again: what went in, what came out, and whether it still comes out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import InputError
from scenarios.files import code_hash, evidence_hash, fingerprint, parse_scenario

if TYPE_CHECKING:
    from forecast.outlook import Outlook

RELATIVE = 1e-9
"""Largest relative difference between the same result on two machines."""

RESULTS = "forecasts.parquet"
"""The table that a re-run has to meet."""


@dataclass(frozen=True)
class Finding:
    """One thing about a run record that is not as it was.

    Parameters
    ----------
    what : {"file changed", "file missing", "evidence changed", "code changed", "data changed", "result differs"}
    detail : str
        File, or series and size of the difference.
    """

    what: str
    detail: str


def seal(folder: Path, *, data: str) -> dict[str, object]:
    """Give what a manifest must hold so that `verify` can check the folder: hashes of files, evidence, code and data.

    Parameters
    ----------
    folder : Path
        Where the results stand; the manifest itself is left out.
    data : str
        Hash of what the outlook was made from.
    """
    from forecast.export import file_hash

    files = {p.name: file_hash(p) for p in sorted(folder.iterdir()) if p.is_file() and p.name != "manifest.json"}
    return {"files": files, "evidence": evidence_hash(), "engine": code_hash(), "outlook": data}


def verify(folder: Path, outlook: Outlook, *, data: str) -> tuple[Finding, ...]:
    """Check a folder that `ip-foresight scenario run --out` wrote, and run its scenario again.

    Parameters
    ----------
    folder : Path
        With ``manifest.json``, ``scenario.yaml`` and ``forecasts.parquet``.
    outlook : Outlook
        As it is made now, with the seed and number of futures that the manifest names.
    data : str
        Hash of what the outlook is made from now.

    Returns
    -------
    tuple of Finding
        Empty where everything is as it was. Changed evidence, code or data is no error by itself: it says why a
        result differs.

    Raises
    ------
    InputError
        Where the folder holds no record, or the record is of another outlook (seed, number of futures).
    """
    from forecast.export import file_hash

    settings = _settings(folder)
    sealed = settings["seal"]
    found = []
    for name, before in sealed["files"].items():
        path = folder / Path(name).name  # a record never leads out of its folder
        if not path.is_file():
            found.append(Finding("file missing", name))
        elif file_hash(path) != before:
            found.append(Finding("file changed", name))
    now = {"evidence": evidence_hash(), "engine": code_hash(), "outlook": data}
    words = {"evidence": "evidence changed", "engine": "code changed", "outlook": "data changed"}
    found += [Finding(words[part], value) for part, value in now.items() if value != sealed[part]]
    for name, here in (("outlook_seed", outlook.seed), ("n_paths", outlook.n_paths)):
        if settings[name] != here:
            raise InputError(
                f"{folder / 'manifest.json'}: {name} was {settings[name]}, the outlook given has {here}.",
                f"Make the outlook with {name} {settings[name]}.",
            )
    scenario = parse_scenario(str(settings["scenario"]), where="manifest.json, scenario")
    if fingerprint(scenario, str(sealed["outlook"])) != settings["fingerprint"] and not found:
        found.append(Finding("file changed", "manifest.json: the fingerprint is of another scenario"))
    if (folder / RESULTS).is_file():
        found += _differences(folder, settings, outlook)
    return tuple(found)


def made_with(folder: Path) -> tuple[int, int]:
    """Give seed and number of futures of the outlook that a record was made from; errors as `verify`."""
    settings = _settings(folder)
    return int(settings["outlook_seed"]), int(settings["n_paths"])


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))["configuration"]
        missing = {"seal", "scenario", "fingerprint", "outlook_seed", "n_paths", "levels"} - set(settings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: holds no run record.", "Give a folder written by `ip-foresight scenario run --out`."
        ) from error
    if missing:
        raise InputError(
            f"{path}: the record has no {', '.join(sorted(missing))}.", "Run the scenario again with --out."
        )
    whole: dict[str, Any] = settings
    return whole


def _differences(folder: Path, settings: dict[str, Any], outlook: Outlook) -> list[Finding]:
    """Compare the table of results with that of a new run, series by series."""
    import numpy as np
    import pandas as pd

    from scenarios.engine import run

    scenario = parse_scenario(str(settings["scenario"]), where="manifest.json, scenario")
    new = run(scenario, outlook).frame(levels=[float(level) for level in settings["levels"]])
    old = pd.read_parquet(folder / RESULTS)
    names = ["unique_id", "ds", "scenario"]
    if list(old.columns) != list(new.columns) or not old[names].reset_index(drop=True).equals(new[names]):
        return [Finding("result differs", "other series, years or columns")]
    numbers = [c for c in new.columns if c not in (*names, "model")]
    a, b = old[numbers].to_numpy(dtype=np.float64), new[numbers].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b) / np.maximum(np.abs(b), 1e-300))
    apart = np.where(np.isnan(apart), np.inf, apart).max(axis=1, initial=0.0)
    worst = pd.Series(apart).groupby(new["unique_id"].to_numpy()).max()
    return [
        Finding("result differs", f"{key}: {share:.2g} of the value")
        for key, share in worst.items()
        if share > RELATIVE
    ]
