"""The server of the app: ``python -m dashboard.serving app.py [options of streamlit run]``.

While the reader's browser is still starting, a thread reads what every session needs. A session that comes earlier
waits for the same work, and says so. What only moves of levers need is loaded after the first picture.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time

log = logging.getLogger(__name__)

FIRST_PICTURE_S = 10.0
"""Pause after reading ahead, in which the first session draws its picture undisturbed."""


def warm() -> None:
    """Read figures, histories, outlook and levers before anybody asks."""
    gc.disable()
    try:
        from dashboard import cache, frame

        cache.figures()
        cache.histories()
        cache.outlook()
        cache.choices()
        cache.LOADED.append(True)
        cache.known()
        log.info("%d pages are ready.", len(frame.PAGES))
    except Exception:
        # The first session meets the same fault and says it in words; the server must not die of it.
        log.exception("Reading ahead failed.")
    finally:
        # Streamlit collects garbage after every run; what all sessions share is not to be searched each time.
        gc.freeze()
        gc.enable()


def warm_scenarios() -> None:
    """Load what works out scenarios, which the first move of a lever would wait for."""
    try:
        from scenarios.compiled import make_ready

        make_ready()
    except Exception:
        log.exception("Loading compiled code failed.")
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve the app until it is stopped."""
    # Not 2 MB at a time: of what a session's regions share it touches single rows of 100 KB. Read when NumPy is loaded.
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    from streamlit import runtime
    from streamlit.web import cli

    def once_it_answers() -> None:
        while not runtime.exists():
            time.sleep(0.02)
        warm()
        time.sleep(FIRST_PICTURE_S)
        warm_scenarios()

    threading.Thread(target=once_it_answers, name="warm", daemon=True).start()
    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
