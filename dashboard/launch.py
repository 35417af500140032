"""How the app is started, from a checkout or from an installed wheel: the script, and the settings it must run with."""

from __future__ import annotations

import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def script() -> Path:
    """Give the script that Streamlit serves: beside this package in a checkout, inside it in a wheel."""
    for path in (HERE / "app.py", HERE.parent / "app.py"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"app.py is neither in {HERE} nor beside it. Install the package again.")


def flags() -> list[str]:
    """Give the settings of the app as command-line options of Streamlit.

    Streamlit reads the settings beside the script only in newer versions, and a user's own settings file would win over
    those of a working directory; options win over both.
    """
    settings = tomllib.loads((HERE / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    out = []
    for section in ("server", "browser", "client"):
        for key, value in settings[section].items():
            out.append(f"--{section}.{key}={str(value).lower() if isinstance(value, bool) else value}")
    return out


def arguments(more: list[str]) -> list[str]:
    """Give the arguments of the ``streamlit`` command that serve the app; those of the user stand last and win."""
    return ["run", str(script()), *flags(), *more]
