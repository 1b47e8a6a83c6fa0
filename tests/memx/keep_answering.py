"""Run by ``test_index_keeper``: closes the vault at argv[1] while its index is made, which a question holds up."""

import signal
import sys
import threading
import time
from pathlib import Path

from large_vault import index_folders, opened, wait_for


def say() -> None:
    time.sleep(0.3)  # until the main thread waits in close
    print("closing", flush=True)


signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests in the background ignores it
brain = opened(Path(sys.argv[1]))
with brain.index.answering():
    brain.index.ready()
    wait_for(lambda: bool(index_folders()))
    try:
        threading.Thread(target=say).start()
        brain.close()
    except KeyboardInterrupt:
        left = [thread.name for thread in threading.enumerate() if thread.name == "memx-index"]
        print("interrupted", left, flush=True)
