# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The output of a suite, in the Test Anything Protocol."""
import collections
import re

from runner.suites import UNAVAILABLE

PLAN = re.compile(r"1\.\.(\d+)(?:\s*# SKIP)?", re.IGNORECASE)
TEST = re.compile(r"(not )?ok\b[\s\d]*(?:- )?(.*)")
TOOK = re.compile(r"# took ([\d.]+) s: (.*)")
EXCEPTION = re.compile(r"# [\w.]*(?:Error|Exception|Expired|Interrupt)\b")
# What chance and a slow machine do not explain.
FAULT = re.compile(r"Sanitizer|runtime error|xdpd (exited|ended)|kernel still has objects|left no program behind|"
                   r"nothing holds")
LAST_LINES = 40
REASON_MAX = 300  # characters


def reason(comments):
    """The line that best explains why a test failed: its exception, with the code that raised it, or otherwise the
    last comment."""
    for number in reversed(range(len(comments))):
        if EXCEPTION.match(comments[number]):
            lines = (comment.removeprefix("#").strip(" ~^") for comment in reversed(comments[:number]))
            raised = next(filter(None, lines), "")  # Python may point at a part of the code in a line of its own
            return f"{comments[number].removeprefix('# ')}, from: {raised}"[:REASON_MAX]
    return comments[-1].removeprefix("# ")[:REASON_MAX] if comments else ""


class Result:
    """One suite's results, read line by line. A suite that fails without a failed test, has no plan, or has fewer
    results than planned counts as one more failure."""

    def __init__(self, name):
        self.name = name
        self.failures = []
        self.unsteady = []  # failed, and passed the second time
        self.passed = self.skipped = 0
        self.planned = None
        self.seconds = 0
        self.took = []  # (seconds, test), if the suite reports it
        self.last_lines = collections.deque(maxlen=LAST_LINES)  # without those of tests that passed
        self.reasons = {}  # of failures
        self.faults = set()  # the failures whose output shows what chance does not explain
        self.comments = []  # since the latest result

    def seen(self):
        return self.passed + len(self.failures) + self.skipped

    def take(self, line):
        if plan := PLAN.match(line):
            self.planned = (self.planned or 0) + int(plan[1])
            self.skipped += plan[0].upper().endswith("SKIP")
        elif took := TOOK.match(line):
            self.took.append((float(took[1]), took[2]))
            return
        elif line.startswith("#"):
            self.comments.append(line)
        elif line.startswith("Bail out!"):
            self.failures.append(line)
        elif test := TEST.match(line):
            comments, self.comments = self.comments, []
            if test[1]:
                self.failures.append(test[2])
                self.reasons[test[2]] = reason(comments)
                if any(FAULT.search(text) for text in (line, *comments)):
                    self.faults.add(test[2])
            elif re.search(r"# SKIP\b", line, re.IGNORECASE):
                self.skipped += 1
            else:
                self.passed += 1
                return
        if line.strip():
            self.last_lines.append(line)

    def forgive(self, test):
        """The failed test has passed the second time."""
        self.failures.remove(test)
        self.unsteady.append(test)
        self.passed += 1

    def end(self, status, in_time):
        """The lines to show for a suite that could not run."""
        seen = self.seen()
        if not in_time:
            self.failures.append(f"ended because its time was over, after {seen} results")
        elif status == UNAVAILABLE and seen == 0:
            self.skipped += 1
            why = self.last_lines[-1] if self.last_lines else "it gives no reason"
            return [f"ok 1 - can run # SKIP {why}"]
        elif self.planned is None:
            self.failures.append(f"no plan; exit status {status}")
        elif seen < self.planned:
            self.failures.append(f"{seen} results of {self.planned} planned; exit status {status}")
        elif status != 0 and not self.failures:
            self.failures.append(f"exit status {status}")
        return []
