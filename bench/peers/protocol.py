"""What every peer script shares: one JSON request per line on stdin, one JSON answer per line.

The first line a peer writes says whether it can run: {"ready": true, "versions": {...}} or
{"ready": false, "reason": "..."}. Requests carry file names of raw little-endian arrays. Timing is
taken here, around the work alone, so that neither imports nor this protocol are counted.
"""

import json
import sys


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def serve(load):
    """`load()` imports the libraries and returns (versions, handle); handle(request) -> dict."""
    try:
        versions, handle = load()
    except ImportError as error:
        answer({"ready": False, "reason": str(error)})
        return
    answer({"ready": True, "versions": versions})
    for line in sys.stdin:
        try:
            answer(handle(json.loads(line)))
        except Exception as error:  # the harness shows it and goes on without this peer
            answer({"error": f"{type(error).__name__}: {error}"})
