# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every verb has an example in the manual, and every example works."""
import json
import os
import re
import shutil

from harness import BUILD, OBJECTS, TOP, run
from test_packet_test import frame, pcap
from test_foreign import own

MANUAL = TOP / "docs/man/xdpctl.8"
# Files that the examples name, and their contents.
FILES = {
    "blocklist.bpf.o": BUILD / "examples/blocklist.bpf.o",
    "counter.bpf.o": BUILD / "examples/counter.bpf.o",
    "next/blocklist.bpf.o": BUILD / "examples/blocklist.bpf.o",
    "policy_by_protocol.bpf.o": BUILD / "examples/policy_by_protocol.bpf.o",
    "web_only.bpf.o": BUILD / "examples/web_only.bpf.o",
    "chains.json": BUILD / "examples/chains.json",
    "user.o": OBJECTS / "library-user.o",
    "parser.o": OBJECTS / "library-parser.o",
    "next/parser.o": OBJECTS / "library-parser_next.o",
}
# Sections whose examples start with nothing attached; the others start with two components on eth0.
FROM_NOTHING = ("attach", "EXAMPLES")


def examples():
    """The command lines between .EX and .EE, by the title of the section."""
    found = {}
    for section in re.split(r"^\.S[HS] ", MANUAL.read_text(), flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^\.EX\n(.*?)^\.EE", section, re.MULTILINE | re.DOTALL)
        found[section.split("\n")[0]] = [line.replace("\\-", "-") for block in blocks
                                         for line in block.splitlines()]
    return found


def test_every_verb_has_an_example(bench):
    verbs = re.findall(r"^  ([a-z]+(?: [a-z]+)*)  ", bench.xdpctl("--help"), re.MULTILINE)
    shown = [(title, line) for title, lines in examples().items() for line in lines]
    assert len(verbs) > 10
    lacking = [verb for verb in verbs
               if not any(f"{title} ".startswith(f"{verb} ") and
                          f"{line} ".startswith(f"xdpctl {verb} ") for title, line in shown)]
    assert not lacking, f"no example of {', '.join(lacking)}: '.SS {lacking[0]}' in {MANUAL} " \
        f"needs a line 'xdpctl {lacking[0]} ...' between .EX and .EE"


def prepare(bench, title):
    """Prepare the machine for the examples of a section."""
    bench.try_xdpctl("confirm")  # what the last example left unconfirmed
    for device in bench.status():
        bench.xdpctl("release", "--dev", device["ifname"])
    own(bench, "ip", "link", "set", "eth1", "xdp", "off")
    if title == "adopt":
        own(bench, "ip", "link", "set", "eth1", "xdp", "obj", OBJECTS / "verdict-2.o", "sec", "xdp")
    if title.split()[0] not in FROM_NOTHING:
        for name, prio in (("blocklist", 10), ("counter", 20)):
            bench.xdpctl("attach", BUILD / f"examples/{name}.bpf.o", "--dev", "eth0", "--prio", prio)


def cannot(bench, line):
    """True if this machine cannot run the example."""
    if line.startswith("xdpctl interop"):
        features = json.loads(bench.xdpctl("features", "--json"))
        return features["linker"] == "fused"
    return "--svg" in line and not shutil.which("dot")


def test_every_example_works(bench):
    daemon = bench.daemon()
    for name in ("eth0", "eth1"):
        bench.device(name=name)
    (bench.directory / "next").mkdir()
    for name, source in FILES.items():
        shutil.copy(source, bench.directory / name)
    (bench.directory / "some.pcap").write_bytes(pcap(frame(1), frame(protocol=0x800)))
    (bench.directory / "xdpctl").write_text(
        f'#!/bin/sh\nexec {BUILD}/cli/xdpctl --socket {daemon.socket} "$@"\n')
    (bench.directory / "xdpctl").chmod(0o755)
    environment = {**os.environ, "PATH": f"{bench.directory}:{os.environ['PATH']}"}
    failed = []
    for title, lines in examples().items():
        if lines:
            prepare(bench, title)
        for line in lines:
            if cannot(bench, line):
                continue
            done = run("sh", "-c", line, env=environment, cwd=bench.directory, check=False)
            if done.returncode:
                failed.append(f"{title}: {line}: {done.stdout}{done.stderr}")
    assert not failed, "\n".join(failed)
