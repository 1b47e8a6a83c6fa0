"""Run by ``test_logs``: all that MemX does with the folder at argv[1], while every logger writes to the file argv[2].

argv[3] is a word of the records.
"""

import http.client
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from fakes import PASSPHRASE, BagOfWords, LiteralReader

logging.basicConfig(filename=sys.argv[2], level=logging.DEBUG, format="%(name)s %(levelname)s %(message)s")
logging.captureWarnings(True)

from memx import api  # noqa: E402 - libraries make their loggers after the log is open, as in a program that wants one
from memx.brain import Brain  # noqa: E402
from memx.cli import main  # noqa: E402
from memx.config import Settings  # noqa: E402
from memx.vault import KdfParams, Vault  # noqa: E402

RECORDS, WORD = Path(sys.argv[1]), sys.argv[3]
HOME = Path(os.environ["MEMX_HOME"])


def opened(settings: Settings, secret: str | bytes, *, asking: bool = False) -> Brain:
    return Brain(Vault.open(settings.home, secret), settings, BagOfWords(), LiteralReader())


def run(*arguments: str) -> None:
    try:
        main(arguments)
    except SystemExit as done:
        print("exit", arguments[0], done.code)


def until_it_listens(address: str) -> None:
    host, port = address.split(":")
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.05)


def ask_and_stop(said: list[str]) -> None:
    """A client of the server: one question, one record, one wrong request; then the server is told to stop."""
    try:
        address = said[0].split("//")[1].split("/")[0]
        until_it_listens(address)
        headers = {"Authorization": f"Bearer {said[1].rsplit(' ', 1)[1]}", "Content-Type": "application/json"}
        for method, path, body in (
            ("POST", "/v1/ask", json.dumps({"question": f"What does {WORD} pay?"})),
            ("POST", "/v1/documents?" + urlencode({"name": f"{WORD}-again.txt"}), f"{WORD} is here again."),
            ("POST", "/v1/ask", f"{WORD} is no JSON"),
            ("GET", f"/v1/documents/{WORD}", None),
        ):
            connection = http.client.HTTPConnection(address)
            connection.request(method, path, body, headers)
            print("status", connection.getresponse().status)
            connection.close()
    finally:
        os.kill(os.getpid(), signal.SIGINT)


Vault.create(HOME, PASSPHRASE, KdfParams()).close()
Brain.open = opened  # type: ignore[method-assign, assignment]
run("add", str(RECORDS))
run("ask", f"What does {WORD} pay?")
run("doctor")
said: list[str] = []


def say(line: str) -> None:
    said.append(line)
    if len(said) == 2:
        threading.Thread(target=ask_and_stop, args=(said,)).start()


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with opened(Settings(HOME), PASSPHRASE) as brain:
    try:
        api.run(brain, port, say)
    except KeyboardInterrupt:
        print("stopped")
    for record in brain.vault.documents():
        brain.forget(record.id)
logging.getLogger("test").debug("the end")
