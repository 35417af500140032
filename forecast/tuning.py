"""A tuned configuration read from its file, forecast.toml."""

from __future__ import annotations

import re
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pydantic

from forecast.choices import Choice, Rule, Tuning, toml_value
from forecast.errors import InputError, UnknownNameError, unknown

LARGEST = 1_000_000
"""Bytes a file may have."""


class _Closed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True)


class _Chosen(_Closed):
    model: str = "auto"
    settings: dict[str, bool | int | float | str | list[int | float | str]] = {}

    def choice(self) -> Choice:
        items = ((k, tuple(v) if isinstance(v, list) else v) for k, v in self.settings.items())
        return Choice(self.model, tuple(items))


class _Ruled(_Chosen):
    match: str | list[str] = []
    group: str = ""


class _File(_Closed):
    default: _Chosen = _Chosen()
    groups: dict[str, list[str]] = {}
    series: list[_Ruled] = []


_KEYS: Mapping[str, type[pydantic.BaseModel]] = MappingProxyType({"": _File, "default": _Chosen, "series": _Ruled})


def read_tuning(source: bytes | str | Path, *, name: str = "") -> Tuning:
    r"""Read a tuned configuration.

    Parameters
    ----------
    source : bytes, str or Path
        The content of a file, or its path.
    name : str, optional
        What to call it in messages.

    Returns
    -------
    Tuning

    Raises
    ------
    InputError
        Where the file is not there, is not TOML, or holds a key, model, setting, group or value that is not allowed.
        The message names the file, the line where it can, and the nearest allowed name.

    Examples
    --------
    >>> tuning = read_tuning(b'[[series]]\nmatch = "CN-*"\nmodel = "theta"\nsettings = { power = 0.0 }\n')
    >>> tuning.forecaster("CN-ZJ.filings")
    Theta(name='theta', power=0.0)
    """
    name = name or ("forecast.toml" if isinstance(source, bytes) else Path(source).name)
    text = _text(source, name)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f'"{name}" is not TOML: {error}.', "Write key = value, text in quotes.") from error
    try:
        file = _File.model_validate(content)
    except pydantic.ValidationError as error:
        raise _explained(error.errors()[0], name, text) from error
    _tried(file.default.choice(), _where(name, text, ("default",)))
    rules: list[Rule] = []
    for i, ruled in enumerate(file.series):
        where = _where(name, text, ("series", i))
        if bool(ruled.match) == bool(ruled.group):
            what = "both match and group" if ruled.match else "neither match nor group"
            raise InputError(
                f"{where}: {what} were given.", 'Give one of them: match = "CN-*.filings", or group = "...".'
            )
        if ruled.group and ruled.group not in file.groups:
            raise unknown("group", ruled.group, file.groups, where=where)
        match = file.groups[ruled.group] if ruled.group else ruled.match
        rules.append(Rule((match,) if isinstance(match, str) else tuple(match), _tried(ruled.choice(), where)))
    return Tuning(file.default.choice(), tuple(rules))


def _text(source: bytes | str | Path, name: str) -> str:
    if not isinstance(source, bytes):
        try:
            source = Path(source).read_bytes()
        except OSError as error:
            raise InputError(f'"{name}" cannot be read: {error.strerror}.', "Check the path.") from error
    if len(source) > LARGEST:
        raise InputError(f'"{name}" has {len(source)} bytes.', f"Allowed: up to {LARGEST}.")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f'"{name}" is not UTF-8 text.', "Save it as UTF-8.") from error


def _tried(choice: Choice, where: str) -> Choice:
    try:
        choice.forecaster()
    except UnknownNameError as error:
        raise UnknownNameError(f"{where}: {error.what}", error.remedy) from error
    except InputError as error:
        raise InputError(f"{where}: {error.what}", error.remedy) from error
    return choice


def _explained(error: typing.Any, name: str, text: str) -> InputError:
    """Turn pydantic's first finding into an error of ours."""
    loc = tuple(
        part for part in error["loc"] if isinstance(part, int) or not re.match(r"[a-z]+\[|(str|int|float|bool)$", part)
    )
    where = _where(name, text, loc)
    if error["type"] == "extra_forbidden":
        table = str(loc[0]) if len(loc) > 1 else ""
        return unknown("key", str(loc[-1]), _KEYS[table].model_fields, where=where)
    return InputError(f"{where}: {'.'.join(map(str, loc))} is {toml_value(error['input'])}.", f"{error['msg']}.")


def _where(name: str, text: str, loc: tuple[int | str, ...]) -> str:
    """File, and the line of the table or key where it can be told."""
    lines = text.splitlines()
    begin = 0
    if len(loc) > 1 and isinstance(loc[1], int):
        heads = [i for i, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{loc[0]}\s*\]\]", line)]
        if loc[1] < len(heads):
            begin = heads[loc[1]]
    elif len(loc) > 1 or (loc and loc[0] == "default"):
        begin = next((i for i, line in enumerate(lines) if re.match(rf"\s*\[\s*{loc[0]}\s*\]", line)), 0)
    key = re.escape(str(loc[-1])) if loc else ""
    at = next((i for i in range(begin, len(lines)) if re.match(rf'\s*\[*\s*"?{key}"?\s*[=\]]', lines[i])), begin)
    return f"{name}, line {at + 1}"
