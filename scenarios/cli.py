"""The command line: the same verbs and the same numbers as the app and the notebooks."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from forecast.errors import InputError
from scenarios.commands import backtest, batch, compare, data, demo, forecast, scenario, serve

EPILOG = (
    "Exit status: 0 done; 1 done, but some series failed (or the check found errors); 2 bad input; 3 an error of ours."
)

app = typer.Typer(
    name="ip-foresight",
    help="Outlooks and policy scenarios for patents, trademarks and pledge financing in China.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data.app, name="data")
app.command("forecast")(forecast.forecast)
app.command("backtest")(backtest.backtest)
app.command("batch")(batch.batch)
app.add_typer(scenario.app, name="scenario")
app.command("compare")(compare.compare)
app.command("demo")(demo.demo)
app.command("app")(serve.serve)
app.command("prepare")(serve.prepare)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"ip-foresight {version('ip-foresight')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process where none are given.

    Returns
    -------
    int
        0 done; 1 done, but some series failed or a check found errors; 2 bad input; 3 an error of ours, whose traceback
        is in a log file that the message names.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Chinese gets question marks instead of an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(args=None if arguments is None else list(arguments), prog_name="ip-foresight")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except InputError as error:
        typer.echo(f"Error: {error}", err=True)
        return 2
    except BrokenPipeError:
        # The reader of our output has left, as `head` does; closing stdout must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:  # whatever it is, the user gets a short message and the traceback goes to the log
        typer.echo(_logged(error), err=True)
        return 3
    return 0


def _logged(error: Exception) -> str:
    """Write the traceback to the log and give the message for the user."""
    import datetime as dt
    import traceback
    import uuid
    from pathlib import Path

    import platformdirs

    code = uuid.uuid4().hex[:8]
    folder = os.environ.get("IP_FORESIGHT_CACHE") or platformdirs.user_log_dir("ip-foresight")
    path = Path(folder) / "errors.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{dt.datetime.now(dt.UTC).isoformat()} {code} {' '.join(sys.argv)}\n")
            file.writelines(traceback.format_exception(error))
        where = f'Details are in "{path}".'
    except OSError:
        where = f"({type(error).__name__}: {error})"
    return f"Error: this could not be computed. Code {code}. {where}"


if __name__ == "__main__":
    sys.exit(main())
