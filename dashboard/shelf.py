"""The shelf of saved scenarios: author, time, every version, on SQLite by default or on a department's PostgreSQL.

Each save is a new version; nothing is ever overwritten. ``IP_FORESIGHT_DATABASE`` names another database. Where the
database does not answer, every method raises InputError.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from forecast.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Engine, Row, Select, Table

VARIABLE = "IP_FORESIGHT_DATABASE"
LONGEST = {"name": 80, "author": 80, "note": 300, "text": 200_000, "link": 8_000}
"""Characters a field may have."""
TRIES = 20
"""Times a save is tried again where another one took the same number at the same moment."""


@dataclass(frozen=True)
class Version:
    """One saved state of a scenario.

    Parameters
    ----------
    name : str
        What the scenario is called; all its versions share it.
    number : int
        1 for the first, then one more each.
    author, note : str
    saved : datetime
        In UTC.
    text : str
        The scenario as YAML.
    link : str
        Parts of the address that show the same view, as they stand after the question mark.
    """

    name: str
    number: int
    author: str
    note: str
    saved: datetime
    text: str
    link: str


def database() -> str:
    """Give the address of the database: the one `IP_FORESIGHT_DATABASE` names, else a file of this user.

    Raises
    ------
    InputError
        Where the variable names neither SQLite nor PostgreSQL.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        folder = user_data_path("ip-foresight")
        folder.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{folder / 'scenarios.sqlite'}"
    # The short form that hosting services hand out; the driver that comes with the extra is psycopg 3.
    address = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", named)
    if not address.startswith(("sqlite:///", "postgresql+psycopg://")):
        kind = named.split(":", 1)[0][:40]
        raise InputError(
            f'{VARIABLE} begins with "{kind}"; sqlite:///file and postgresql://user@host/name are allowed.',
            f"Set {VARIABLE} to one of these, or unset it for a file of this user.",
        )
    return address


class Shelf:
    """Saved scenarios in one database.

    Parameters
    ----------
    address : str
        As SQLAlchemy writes it, such as ``sqlite:///scenarios.sqlite``.

    Raises
    ------
    InputError
        Where the database does not answer or its driver is not installed.
    """

    def __init__(self, address: str) -> None:
        import sqlalchemy as sa

        try:
            with _answering():
                self._engine: Engine = sa.create_engine(address, pool_pre_ping=True)
                self._table = _table()
                self._table.metadata.create_all(self._engine)
        except ModuleNotFoundError as error:
            raise InputError(
                f'The database needs the Python package "{error.name}", which is not installed.',
                'Install it: pip install "ip-foresight[postgresql]".',
            ) from error

    def save(self, name: str, text: str, *, author: str = "", note: str = "", link: str = "") -> Version:
        """Save a scenario as the next version of its name.

        Raises
        ------
        InputError
            Where the name is empty, a field is too long, or the database does not answer.
        """
        import sqlalchemy as sa

        given = {"name": name.strip(), "author": author.strip(), "note": note.strip(), "text": text, "link": link}
        if not given["name"]:
            raise InputError("The scenario has no name.", "Give it one of 1 to 80 characters.")
        for field, value in given.items():
            if len(value) > LONGEST[field] or "\0" in value:
                raise InputError(
                    f"The {field} has {len(value):,} characters; {LONGEST[field]:,} are allowed, "
                    "none of them zero bytes.",
                    "Make it shorter.",
                )
        with _answering():
            for _ in range(TRIES):
                try:
                    return self._next(given)
                except sa.exc.IntegrityError:
                    continue
                except sa.exc.OperationalError as error:
                    if "locked" not in str(error):
                        raise
        raise InputError("Too many others are saving the same scenario.", "Try again in a moment.")

    def _next(self, given: dict[str, str]) -> Version:
        import sqlalchemy as sa

        t = self._table
        with self._engine.begin() as link:
            last = link.execute(sa.select(sa.func.max(t.c.number)).where(t.c.name == given["name"])).scalar()
            made = {**given, "number": (last or 0) + 1, "saved": datetime.now(UTC).replace(tzinfo=None)}
            link.execute(t.insert().values(**made))
        return _version(made)

    def latest(self) -> tuple[Version, ...]:
        """Give the last version of each scenario, the newest first."""
        import sqlalchemy as sa

        t = self._table
        last = sa.select(t.c.name, sa.func.max(t.c.number).label("number")).group_by(t.c.name).subquery()
        both = sa.and_(t.c.name == last.c.name, t.c.number == last.c.number)
        return self._all(sa.select(t).join(last, both).order_by(t.c.saved.desc(), t.c.name))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Give all versions of a scenario, the newest first."""
        import sqlalchemy as sa

        t = self._table
        return self._all(sa.select(t).where(t.c.name == name).order_by(t.c.number.desc()))

    def remove(self, name: str) -> int:
        """Remove a scenario with all its versions; gives how many there were."""
        with _answering(), self._engine.begin() as link:
            return int(link.execute(self._table.delete().where(self._table.c.name == name)).rowcount)

    def _all(self, asked: Select[tuple[object, ...]]) -> tuple[Version, ...]:
        with _answering(), self._engine.connect() as link:
            return tuple(_version(row) for row in link.execute(asked))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


@contextmanager
def _answering() -> Iterator[None]:
    """Say in words that the database does not answer; its address may hold a password and is not repeated."""
    import sqlalchemy as sa

    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise InputError(
            "The database of saved scenarios does not answer.", f"Check {VARIABLE} and that the database runs."
        ) from error


def _table() -> Table:
    import sqlalchemy as sa

    return sa.Table(
        "scenario_versions", sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(LONGEST["name"]), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("author", sa.String(LONGEST["author"]), nullable=False),
        sa.Column("note", sa.String(LONGEST["note"]), nullable=False),
        sa.Column("saved", sa.DateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.UniqueConstraint("name", "number", name="one_version_a_number"),
    )  # fmt: skip


def _version(row: Row[tuple[object, ...]] | dict[str, object]) -> Version:
    get = row.__getitem__ if isinstance(row, dict) else row._mapping.__getitem__
    return Version(**{field: get(field) for field in Version.__dataclass_fields__})  # type: ignore[arg-type]  # by name


@lru_cache(maxsize=4)
def shelf(address: str) -> Shelf:
    """Give the shelf of a database, opened once for the whole server."""
    return Shelf(address)
