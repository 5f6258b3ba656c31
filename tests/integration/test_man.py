# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every verb has an example in the manual, and every example works."""
import json
import os
import re
import shutil
import subprocess

from harness import BUILD, OBJECTS, TOP, run, wait_for
from test_libxdpd import compiled
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
    environment = {**os.environ, "PATH": f"{bench.directory}:{os.environ['PATH']}",
                   "XDPD_RECORD_DIRECTORY": str(bench.directory / "recordings")}
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


PAGES = sorted((TOP / "docs/man").iterdir())


def text_of(page):
    return page.read_text().replace("\\-", "-")


def test_pages_are_formatted_without_warnings(bench):
    if not shutil.which("groff"):
        bench.skip("groff is not installed")
    for page in PAGES:
        done = run("groff", "-man", "-Tutf8", "-ww", "-z", page, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr


def test_pages_that_pages_name_exist(_bench):
    ours = {path.name for path in PAGES}
    for page in PAGES:
        named = re.findall(r"^\.BR? ((?:xdp\S*|libxdpd)) \((\d)\)", text_of(page), re.MULTILINE)
        missing = {f"{name}.{section}" for name, section in named} - ours
        assert not missing, f"{page.name} names {missing}"
        assert page.name == "xdpd.7" or named, f"{page.name} names no other page"


def test_every_field_of_chain_files_is_described(_bench):
    """Those of the schema, which is made of the tables of the interface."""
    manual = text_of(TOP / "docs/man/xdpd-chains.5")
    device = json.loads((TOP / "docs/chains.schema.json").read_text())["properties"]["devices"]["items"]["properties"]
    fields = {*device, *device["components"]["items"]["properties"]}
    described = {word for line in re.findall(r"^\.BR? (.*)", manual, re.MULTILINE) for word in re.findall(r"\w+", line)}
    assert len(fields) > 15 and fields <= described, sorted(fields - described)


def test_the_example_of_a_chain_file_is_one(bench):
    bench.daemon()
    bench.device(name="eth0")
    manual = text_of(TOP / "docs/man/xdpd-chains.5")
    (bench.directory / "chains.json").write_text(re.search(r"^\.nf\n(.*?)^\.fi", manual, re.MULTILINE | re.DOTALL)[1])
    for name in ("blocklist.bpf.o", "counter.bpf.o"):
        shutil.copy(FILES[name], bench.directory / name)
    bench.xdpctl("apply", bench.directory / "chains.json")
    assert len(bench.names("eth0")) == 2


def test_every_function_of_the_library_is_described(_bench):
    listed = {line.split("@")[0] for line in (TOP / "lib/libxdpd.abi").read_text().splitlines() if line[0] != "#"}
    named = set(re.findall(r"\b(xdpd_\w+)\(\)", text_of(TOP / "docs/man/libxdpd.3")))
    assert named == listed, sorted(named ^ listed)


def test_the_example_of_the_library_works(bench):
    manual = (TOP / "docs/man/libxdpd.3").read_text()
    source = re.search(r'begin example\n(.*?)\.\\" end', manual, re.DOTALL)[1].replace("\\e", "\\")
    program, environment = compiled(bench, source, "example")
    daemon = bench.daemon()
    bench.device(name="eth0")
    shutil.copy(OBJECTS / "verdict-2.o", bench.directory / "fw.o")
    process = subprocess.Popen([program, daemon.socket], env=environment, cwd=bench.directory, stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert wait_for(lambda: bench.status() and bench.chain("eth0")), process.communicate("\n")
    assert bench.chain("eth0")[0]["priority"] == 10
    process.kill()
    process.communicate()
    assert wait_for(lambda: not bench.chain("eth0"))


def test_the_example_of_the_settings_is_valid(bench):
    manual = text_of(TOP / "docs/man/xdpd.conf.5")
    lines = re.search(r"^\.nf\n(.*?)^\.fi", manual, re.MULTILINE | re.DOTALL)[1].splitlines()
    daemon = bench.daemon(start=False)
    daemon.configure(*[line.replace("netops", "root").replace("web-team", "root") for line in lines])
    daemon.start()
