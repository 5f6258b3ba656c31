# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""docs/refusals.md: tries each situation, and compares the message with the one in the table."""
import json
import re
from pathlib import Path

from harness import run

HERE = Path(__file__).resolve().parent
ROWS = [[cell.strip() for cell in line.strip("|\n").split(" | ")]
        for line in (HERE / "../../docs/refusals.md").read_text().splitlines()
        if line.startswith("|") and line.endswith("` |")]
PROGRAMS = [row for row in ROWS if not row[-1].startswith("`test_")]
ELSEWHERE = [row for row in ROWS if row[-1].startswith("`test_")]


def test_every_refusal_of_a_program_is_explained_as_in_the_table(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "before")
    assert bench.quiet()
    before = bench.status()
    assert len(PROGRAMS) > 10
    for situation, kernel, sentence, since, name in PROGRAMS:
        if bench.kernel_older(*map(int, since.split("."))):
            continue
        name = name.strip("`")
        said = bench.attach(f"refusal-{name}", "--dev", device, expect=1)
        first, *detail = said.splitlines()
        numbers, words = re.match(r"([A-Z0-9 ]+) `(.*)`$", kernel).groups()
        assert sentence in first, (situation, said)
        assert any(f"({number})" in first for number in numbers.split()), (situation, said)
        assert f"refusal-{name}.o" in first and words in "\n".join(detail), (situation, said)
    assert bench.status() == before


def test_every_other_row_has_its_test(bench):
    tests = {name for path in HERE.glob("test_*.py")
             for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)}
    assert len(ELSEWHERE) > 5
    for row in ELSEWHERE:
        assert row[-1].strip("`") in tests, row


def test_without_a_jit_compiler_chains_are_fused_and_the_reason_is_shown(bench):
    if not bench.emulated:
        bench.skip("the setting is the machine's, and this machine is not the test's own")
    # Only the first network namespace has the setting.
    first = ["nsenter", "--target", "1", "--net", "sh", "-c"]
    setting = "/proc/sys/net/core/bpf_jit_enable"
    before = run(*first, f"cat {setting}").stdout.strip()
    refused = run(*first, f"echo 0 >{setting}", check=False)
    if refused.returncode:
        bench.skip(f"the kernel always compiles: {refused.stderr.strip()}")
    try:
        daemon = bench.daemon("interpreted", "--linker", "auto")
        answer = json.loads(bench.xdpctl("features", "--json", daemon=daemon))
        reasons = {row["name"]: row["why"] for row in answer["features"] if not row["available"]}
        assert "was loaded but not compiled" in reasons["jit"], reasons
        assert "the JIT compiler is off" in reasons["freplace"], reasons
        assert answer["linker"] == "fused", answer
        device = bench.device()
        bench.attach("verdict-0", "--dev", device, daemon=daemon)
        bench.send(device, 3, 1)
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3
    finally:
        run(*first, f"echo {before} >{setting}")


def test_features_show_what_was_tried(bench):
    answer = json.loads(bench.xdpctl("features", "--json"))
    freplace = next(row for row in answer["features"] if row["name"] == "freplace")
    assert freplace["why"], answer
    if freplace["available"]:
        bench.skip("extensions load here")
    assert answer["linker"] == "fused" and re.search(r"\b(EPERM|ENOTSUPP|EOPNOTSUPP)\b",
                                                     freplace["why"]), answer
