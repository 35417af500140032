"""Saved scenarios: versions with author and time, on SQLite and, for real, on Debian's PostgreSQL."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.shelf import LONGEST, VARIABLE, Shelf, database
from forecast.errors import InputError

PLAN = "id: mine\nlevers:\n  ip_courts: all\n"


def _programs() -> Path | None:
    """Folder of PostgreSQL's programs: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    return found[-1].parent if found else None


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL of our own in an empty folder and stop it afterwards."""
    programs = _programs()
    if programs is None:
        pytest.skip("No PostgreSQL. On Debian: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="No driver. pip install 'ip-foresight[postgresql]'")
    folder = tmp_path_factory.mktemp("postgresql")
    # The server refuses to run as root, as a container's tests often do.
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if become:
        for place in (folder, *folder.parents[:2]):
            place.chmod(0o755)
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    run = {"check": True, "cwd": "/", "stdout": subprocess.DEVNULL}
    subprocess.run([*become, programs / "initdb", "-D", folder / "data", "-U", "planner", "-A", "trust"], **run)
    options = f"-p {port} -k {folder} -c fsync=off"
    control = [*become, programs / "pg_ctl", "-D", folder / "data", "-w"]
    subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], **run)
    try:
        yield f"postgresql://planner@localhost:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **run)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def shelf(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """Give an empty shelf, addressed as users do: by the variable."""
    named = f"sqlite:///{tmp_path / 'plans.sqlite'}" if request.param == "sqlite" else None
    monkeypatch.setenv(VARIABLE, named or request.getfixturevalue("postgresql"))
    made = Shelf(database())
    for kept in made.latest():
        made.remove(kept.name)
    yield made
    made.close()


def test_what_is_saved_comes_back_with_author_and_time(shelf: Shelf) -> None:
    before = time.time()
    shelf.save("Plan 甲", PLAN, author="李华", note="first; 'quoted' -- and more", link="l=ip_courts~1~2027~2")
    (found,) = shelf.latest()
    assert (found.name, found.number, found.author) == ("Plan 甲", 1, "李华")
    assert (found.text, found.note, found.link) == (PLAN, "first; 'quoted' -- and more", "l=ip_courts~1~2027~2")
    assert abs((found.saved - time_of(before)).total_seconds()) < 30


def time_of(stamp: float):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(stamp, UTC).replace(tzinfo=None)


def test_saving_again_adds_a_version_and_keeps_the_old_one(shelf: Shelf) -> None:
    shelf.save("plan", PLAN, author="a")
    shelf.save("plan", PLAN + "# more\n", author="b")
    shelf.save("other", PLAN)
    assert [(v.number, v.author, v.text) for v in shelf.versions("plan")] == [
        (2, "b", PLAN + "# more\n"),
        (1, "a", PLAN),
    ]
    assert {(v.name, v.number) for v in shelf.latest()} == {("plan", 2), ("other", 1)}


def test_many_at_once_each_get_a_number_of_their_own(shelf: Shelf) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: shelf.save("plan", PLAN, author=str(i)).number, range(16)))
    assert sorted(made) == list(range(1, 17))
    assert [v.number for v in shelf.versions("plan")] == list(range(16, 0, -1))


def test_removing_takes_all_versions_of_one_scenario_only(shelf: Shelf) -> None:
    shelf.save("plan", PLAN)
    shelf.save("plan", PLAN)
    shelf.save("other", PLAN)
    assert shelf.remove("plan") == 2
    assert [v.name for v in shelf.latest()] == ["other"]


def test_another_process_sees_what_was_saved(shelf: Shelf) -> None:
    shelf.save("plan", PLAN)
    again = Shelf(database())
    assert [v.text for v in again.versions("plan")] == [PLAN]
    again.close()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "  "}, "has no name"),  # nothing to call it by
        ({"name": "x" * (LONGEST["name"] + 1)}, "The name has 81 characters; 80 are allowed"),
        ({"name": "x", "note": "y" * 400}, "The note has 400 characters; 300 are allowed"),
        ({"name": "x\0"}, "none of them zero bytes"),  # PostgreSQL could not keep it
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(shelf: Shelf, fields: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        shelf.save(**{"text": PLAN, **fields})
    assert shelf.latest() == ()


def test_a_database_of_another_kind_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "mysql://root:secret@host/x")
    with pytest.raises(InputError, match='begins with "mysql"') as told:
        database()
    assert "secret" not in str(told.value)


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(InputError, match="does not answer") as told:
        Shelf("postgresql+psycopg://root:secret@localhost:1/x")
    assert "secret" not in str(told.value)


def test_without_the_variable_a_file_of_the_user_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert database() == f"sqlite:///{tmp_path / 'ip-foresight' / 'scenarios.sqlite'}"


def test_a_database_that_breaks_while_the_server_runs_is_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "plans.sqlite"
    made = Shelf(f"sqlite:///{file}")
    made.save("plan", PLAN)
    made.close()
    file.write_bytes(b"no database any more" * 500)
    for use in (made.latest, lambda: made.save("plan", PLAN), lambda: made.versions("plan"), lambda: made.remove("x")):
        with pytest.raises(InputError, match="does not answer"):
            use()
