"""Errors that say what was found, where, what is allowed and what to do."""

from __future__ import annotations


class InputError(ValueError):
    """Something that came from outside cannot be used.

    Parameters
    ----------
    what : str
        What was found, with where: file, row, field or series.
    remedy : str
        What is allowed and what to do.

    Examples
    --------
    >>> str(InputError('figures.csv, row 3: "12 bn" in column y is not a number.', "Write plain digits."))
    'figures.csv, row 3: "12 bn" in column y is not a number. Write plain digits.'
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


class ModelRefusalError(InputError):
    """A model cannot forecast this series; other models may."""


class UnknownNameError(InputError, KeyError):
    """A name is not known; the message holds the nearest known ones."""

    __str__ = ValueError.__str__


def unknown(kind: str, name: str, known: object, *, where: str = "") -> UnknownNameError:
    """Make the error for a name that is not among the known ones.

    Parameters
    ----------
    kind : str
        What the name should name, for example ``"region"``.
    name : str
        What was given.
    known : iterable of str
        All allowed names.
    where : str, optional
        File and row, put first.

    Returns
    -------
    UnknownNameError
        With the nearest names, or with all of them where they are few.

    Examples
    --------
    >>> print(unknown("model", "prohpet", ["drift", "prophet"]))
    model "prohpet" is unknown. Did you mean "prophet"?
    """
    import difflib

    names = sorted(str(k) for k in known)  # type: ignore[attr-defined]  # any iterable of names
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        remedy = "Did you mean " + " or ".join(f'"{n}"' for n in near) + "?"
    elif len(names) <= 40:
        remedy = "Known: " + ", ".join(names) + "."
    else:
        remedy = f"There are {len(names)} known names, for example {', '.join(names[:5])}."
    prefix = f"{where}: " if where else ""
    return UnknownNameError(f'{prefix}{kind} "{name}" is unknown.', remedy)
