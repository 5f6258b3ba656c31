# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The progress of a run: on a terminal one line that is updated, otherwise a line per minute."""
import sys
import threading
import time

MINUTE = 60
NAMES_MAX = 3


def clock(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


class Progress:
    """Prints whole lines for several threads, and between them the progress."""

    def __init__(self):
        self.what = ""  # what happens while no suite runs
        self.began = time.monotonic()
        self.lock = threading.Lock()
        self.on_terminal = sys.stdout.isatty()
        self.results = []  # of suites that have begun
        self.running = []
        self.expected = {}  # number of tests, by the name of the suite
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.tick, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.say([])

    def expect(self, tests):
        self.expected = tests

    def line(self):
        if not self.expected:
            return f"{clock(time.monotonic() - self.began)}: {self.what}"
        done = len(self.results) - len(self.running)
        tests = sum(result.seen() for result in self.results)
        known = {result.name: max(result.planned or 0, result.seen()) for result in self.results if result.planned}
        failed = sum(len(result.failures) for result in self.results)
        names = [f"{result.name} ({result.seen()}/{result.planned or '?'})" for result in self.running]
        more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
        running = ", ".join(names[:NAMES_MAX]) + more or self.what
        return f"{clock(time.monotonic() - self.began)}: {done} of {len(self.expected)} suites, " \
               f"{tests} of {sum({**self.expected, **known}.values())} tests, {failed} failed; now: {running}"

    def say(self, lines):
        with self.lock:
            if self.on_terminal:
                sys.stdout.write("\r\033[K")
            for line in lines:
                print(line)
            if self.on_terminal and not self.over.is_set():
                sys.stdout.write(self.line()[:120])
            sys.stdout.flush()

    def tick(self):
        while not self.over.wait(1 if self.on_terminal else MINUTE):
            self.say([] if self.on_terminal else [f"# {self.line()}"])

    def begins(self, result):
        self.results.append(result)
        self.running.append(result)

    def ends(self, result):
        self.running.remove(result)
