"""Serve the app: ``python -m dashboard``; options after it go to Streamlit, for example ``--server.port 8600``."""

from __future__ import annotations

import sys

from dashboard.launch import arguments


def main() -> None:
    """Serve the app in this process until it is stopped."""
    from streamlit.web import cli

    sys.argv = ["streamlit", *arguments(sys.argv[1:])]
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
