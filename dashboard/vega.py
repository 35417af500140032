"""Altair, imported without a parser that the app never uses and that would hold up the first picture by seconds.

Altair imports jsonschema, and jsonschema imports rfc3987_syntax where it happens to be installed, to check web
addresses; that module builds a whole grammar when it is imported. Nothing here checks addresses against a schema.
"""

from __future__ import annotations

import sys

PARSER = "rfc3987_syntax"

_already = PARSER in sys.modules
if not _already:
    sys.modules[PARSER] = None  # type: ignore[assignment]  # None is how Python marks what must not be imported
import altair as alt  # noqa: E402  # after the mark

if not _already:
    del sys.modules[PARSER]

__all__ = ["alt"]
