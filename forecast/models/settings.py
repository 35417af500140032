"""Models with settings of the user's choosing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from forecast.errors import InputError, unknown
from forecast.models import MODELS
from forecast.models.protocol import Forecaster


def model_named(name: str) -> Forecaster:
    """Give the registered model of that name.

    Raises
    ------
    UnknownNameError
        With the nearest known names.

    Examples
    --------
    >>> model_named("drift").name
    'drift'
    """
    if name not in MODELS:
        raise unknown("model", name, MODELS)
    return MODELS[name]


def model_with(name: str, settings: Mapping[str, object]) -> Forecaster:
    """Give the registered model with other settings; a setting the model cannot use is an error, never ignored.

    Parameters
    ----------
    name : str
        Name in the registry.
    settings : mapping
        Fields of the model, for example ``{"power": 0.0}`` for theta or ``{"drivers": (rd,)}`` for regression.

    Raises
    ------
    UnknownNameError
        Where the model is not registered.
    InputError
        Where the model has no such setting; the message names the models that have it.

    Examples
    --------
    >>> model_with("theta", {"power": 0.0})
    Theta(name='theta', power=0.0)
    """
    model = model_named(name)
    allowed = settings_of(model)
    for setting in settings:
        if setting not in allowed:
            able = [other for other, candidate in MODELS.items() if setting in settings_of(candidate)]
            hint = f"Models that can: {', '.join(able)}." if able else f"Its settings: {', '.join(allowed) or 'none'}."
            raise InputError(f'Model {name} cannot use "{setting}".', hint)
    return dataclasses.replace(model, **settings)  # type: ignore[type-var]  # every registered model is a dataclass


def settings_of(model: Forecaster) -> tuple[str, ...]:
    """Give the names of a model's settings.

    Examples
    --------
    >>> settings_of(MODELS["theta"])
    ('power',)
    """
    fields = dataclasses.fields(model)  # type: ignore[arg-type]  # every registered model is a dataclass
    return tuple(field.name for field in fields if field.name not in ("name", "shape"))
