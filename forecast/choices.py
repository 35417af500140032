"""Which model, with which settings, for which series: the tuned configuration, and its text as a file."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from forecast.errors import InputError, unknown
from forecast.models import MODELS
from forecast.models.protocol import Forecaster
from forecast.models.settings import model_with, settings_of

Setting = bool | int | float | str | tuple[int | float | str, ...]

NOT_IN_A_FILE = ("drivers", "regressors", "members")
"""Settings that are series or models, which a file cannot hold."""


@dataclass(frozen=True)
class Choice:
    """A model and its settings.

    Parameters
    ----------
    model : str
        Name in `forecast.models.MODELS`.
    settings : tuple of (str, value)
        Fields of the model and their values.

    Examples
    --------
    >>> Choice("theta", (("power", 0.0),)).forecaster()
    Theta(name='theta', power=0.0)
    """

    model: str = "auto"
    settings: tuple[tuple[str, Setting], ...] = ()

    def forecaster(self) -> Forecaster:
        """Give the model with its settings.

        Raises
        ------
        InputError
            Where model, setting or value is not allowed; the message says what is.
        """
        if self.model not in MODELS:
            raise unknown("model", self.model, MODELS)
        if not self.settings:
            return MODELS[self.model]
        return model_with(self.model, dict(_checked(self.model, self.settings)))


@dataclass(frozen=True)
class Rule:
    """A choice for all series that match.

    Parameters
    ----------
    match : tuple of str
        Keys of series, or patterns with ``*`` (any text), ``?`` (any character) and ``[...]``.
    choice : Choice
    """

    match: tuple[str, ...]
    choice: Choice

    def fits(self, key: str) -> bool:
        """Whether a series is meant."""
        return any(fnmatchcase(key, pattern) for pattern in self.match)


@dataclass(frozen=True)
class Tuning:
    """Which model for which series: the first rule that fits, else the default.

    Parameters
    ----------
    default : Choice
    rules : tuple of Rule

    Examples
    --------
    >>> tuning = Tuning(rules=(Rule(("CN-*.filings",), Choice("theta")),))
    >>> tuning.choice("CN-ZJ.filings").model, tuning.choice("CN.filings").model
    ('theta', 'auto')
    """

    default: Choice = field(default_factory=Choice)
    rules: tuple[Rule, ...] = ()

    def choice(self, key: str) -> Choice:
        """Give the choice for the series of that key."""
        return next((rule.choice for rule in self.rules if rule.fits(key)), self.default)

    def forecaster(self, key: str) -> Forecaster:
        """Give the model, with its settings, for the series of that key."""
        return self.choice(key).forecaster()

    def with_choice(self, match: str, choice: Choice) -> Tuning:
        """Give the same with one more rule, which goes before the others."""
        kept = tuple(rule for rule in self.rules if rule.match != (match,))
        return Tuning(self.default, (Rule((match,), choice), *kept))

    def text(self) -> str:
        """Give the text of a file that `read_tuning` reads as this.

        Examples
        --------
        >>> print(Tuning(rules=(Rule(("a", "b*"), Choice("theta", (("power", 0.0),))),)).text())
        # Which model for which series: the first rule that fits, else the default.
        [default]
        model = "auto"
        <BLANKLINE>
        [[series]]
        match = ["a", "b*"]
        model = "theta"
        settings = { power = 0.0 }
        <BLANKLINE>
        """
        lines = ["# Which model for which series: the first rule that fits, else the default.", "[default]"]
        lines += [*_choice_lines(self.default), ""]
        for rule in self.rules:
            match = rule.match[0] if len(rule.match) == 1 else rule.match
            lines += ["[[series]]", f"match = {toml_value(match)}", *_choice_lines(rule.choice), ""]
        return "\n".join(lines)

    def save(self, path: str | Path) -> None:
        """Write the file, whole or not at all."""
        from forecast.export import written

        with written(Path(path)) as temporary:
            temporary.write_text(self.text(), encoding="utf-8")


def _checked(model: str, settings: tuple[tuple[str, Setting], ...]) -> list[tuple[str, object]]:
    """Give settings with values of the type that the model declares."""
    # pydantic takes a tenth of a second to load, which a run without a tuned configuration does not need.
    import pydantic

    allowed = [name for name in settings_of(MODELS[model]) if name not in NOT_IN_A_FILE]
    hints = typing.get_type_hints(type(MODELS[model]))
    out: list[tuple[str, object]] = []
    for key, value in settings:
        if key not in allowed:
            if key in NOT_IN_A_FILE:
                raise InputError(f'setting "{key}" cannot be read from a file.', "It is given from Python.")
            raise unknown(f"setting of {model}", key, allowed or ["none"])
        try:
            out.append((key, pydantic.TypeAdapter(hints[key], config={"strict": False}).validate_python(value)))
        except pydantic.ValidationError as error:
            raise InputError(
                f"setting {key} of {model} is {toml_value(value)}.", f"{error.errors()[0]['msg']}; a value like "
                f"{toml_value(getattr(MODELS[model], key))} is allowed."
            ) from error  # fmt: skip
    return out


def _choice_lines(choice: Choice) -> list[str]:
    out = [f"model = {toml_value(choice.model)}"]
    if choice.settings:
        out.append("settings = { " + ", ".join(f"{k} = {toml_value(v)}" for k, v in choice.settings) + " }")
    return out


def toml_value(value: object) -> str:
    """Write a value as TOML does."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        body = "".join(_ESCAPES.get(c, c if c.isprintable() else f"\\U{ord(c):08x}") for c in value)
        return f'"{body}"'
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return repr(value)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
