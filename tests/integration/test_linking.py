# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Untrusted libraries are linked by a process that can do nothing else."""
import contextlib
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

from elf_edit import OFFSET, RELOCATIONS, SIZE, SYMBOLS, TYPE, Btf, Elf
from harness import BUILD, OBJECTS, SCALE, run, wait_for

USER = OBJECTS / "library-user.o"
PARSER = OBJECTS / "library-parser.o"
HELPER = "xdpd-object"
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
# With a sanitizer a crash becomes an exit.
ENDED = r"the parser (was ended by SIG\w+|ended without an answer)"
IN_TIME = r"did not finish within (5|10) seconds"


def in_no_section(path):
    """With this object libbpf 1.4 follows a null pointer."""
    elf = Elf(PARSER)
    elf.set_symbol_section("parse", 0xff01)
    return elf.write(path)


def outside_of_its_section(path):
    """With this object libbpf 1.4 writes outside of a section."""
    elf = Elf(PARSER)
    elf.set_relocation(".rel.text", 0, 1 << 62, elf.section_symbol(".text"))
    return elf.write(path)


def endless(path):
    """Comparing each of its types with all others takes a minute."""
    elf = Elf(PARSER)
    btf = Btf(elf.bytes_of(".BTF"))
    name, member = btf.add_string("alike"), btf.add_string("member")
    for number in range(30000):
        btf.add_struct(name, member, btf.add_int(f"i{number}"))
    elf.replace(".BTF", btf.content())
    return elf.write(path)


def huge(path):
    """The linked object has 64 MiB, most of it between its sections."""
    elf = Elf(PARSER)
    elf.add_sections([f"section-{number}" for number in range(1000)], bytes(8), 1 << 16)
    return elf.write(path)


def mutated(path, seed):
    """Replaces some bytes of headers, symbols, relocations, types and code."""
    chance, elf = random.Random(seed), Elf(PARSER)
    for _ in range(chance.randrange(1, 4)):
        number = chance.randrange(elf.count)
        header = elf.header(number)
        place, length = elf.header_at(number), 64
        if header[TYPE] in (1, SYMBOLS, RELOCATIONS) and chance.random() < 0.8 and \
                header[OFFSET] + header[SIZE] <= len(elf.data):
            place, length = header[OFFSET], header[SIZE]
        width = chance.choice((1, 2, 4, 4, 8))
        value = chance.choice((0, 1, 2, 3, 7, 255, 0xff01, 0xfff1, 1 << 31, 1 << 40, 1 << 47,
                               1 << 63, (1 << 64) - 1, chance.getrandbits(64)))
        if length >= width:
            place += chance.randrange(length // width) * width
            elf.data[place:place + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    return elf.write(path)


def try_link(bench, device, *libraries, user=USER):
    links = [word for library in libraries for word in ("--link", library)]
    return bench.try_xdpctl("attach", user, "--dev", device, "--name", "linked", *links)


def inspect(*libraries, user=USER, program=BUILD / "cli/xdpctl", runs_as=()):
    links = [word for library in libraries for word in ("--link", library)]
    return run(*runs_as, program, "inspect", user, *links, check=False)


def is_refused(done, *words):
    """The libraries are refused with one sentence that matches all of these patterns."""
    first, *more = done.stderr.splitlines()
    assert done.returncode == 1 and first.startswith("xdpctl: "), done.stderr
    assert all(line.startswith("    ") for line in more), done.stderr
    for word in words:
        assert re.search(word, first), first


def parsers(pid):
    """The parser processes that the daemon has now."""
    children = [int(number) for path in Path(f"/proc/{pid}/task").glob("*/children")
                for number in path.read_text().split()]
    return [number for number in children if process_name(number) == HELPER and not is_zygote(number)]


def is_zygote(pid):
    """The zygote has no file names as arguments, and starts a process for each object."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().count(b"\0") == 2
    return False


def process_name(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return None


def begin(bench):
    """A daemon with a device that runs a chain, and its process."""
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "runs")
    return device, bench.daemons[0].pid()


def check_unharmed(bench, device, pid):
    assert bench.daemons[0].pid() == pid and bench.names(device) == ["runs"]
    assert parsers(pid) == []
    bench.attach("library-user", "--dev", device, "--name", "fw", "--link", PARSER)
    bench.send(device, 3, 2, 1)
    assert bench.chain(device)[1]["counters"]["run"] == 3
    bench.xdpctl("detach", "fw", "--dev", device)


def test_what_crashes_the_linker_harms_nobody(bench):
    device, pid = begin(bench)
    for craft in (in_no_section, outside_of_its_section):
        library = craft(bench.directory / f"{craft.__name__}.o")
        words = (f"cannot link library-user.o with {library.name}: ", ENDED)
        is_refused(try_link(bench, device, library), *words)
        is_refused(inspect(library), *words)
    check_unharmed(bench, device, pid)


def test_an_object_that_crashes_the_linker_is_named_with_its_libraries(bench):
    device, pid = begin(bench)
    crafted = outside_of_its_section(bench.directory / "crafted.o")
    is_refused(try_link(bench, device, OBJECTS / "library-policy.o", user=crafted),
               "cannot link crafted.o with library-policy.o: ", ENDED)
    check_unharmed(bench, device, pid)


def test_whatever_is_wrong_with_a_library_one_sentence_says_so(bench):
    device, pid = begin(bench)
    outcomes = set()
    for seed in range(int(50 * SCALE) + 10):
        done = try_link(bench, device, mutated(bench.directory / "mutated.o", seed))
        outcomes.add(done.returncode)
        if done.returncode == 0:
            bench.xdpctl("detach", "linked", "--dev", device)
        else:
            is_refused(done)
    assert outcomes == {0, 1}
    check_unharmed(bench, device, pid)


def test_links_that_take_too_long_are_given_up_and_nothing_waits_but_changes(bench):
    device, pid = begin(bench)
    library = endless(bench.directory / "endless.o")
    attach = subprocess.Popen(
        [BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "attach", USER, "--dev",
         device, "--link", library], stderr=subprocess.PIPE, text=True)
    assert wait_for(lambda: parsers(pid))
    while attach.poll() is None:
        began = time.monotonic()
        bench.status()
        assert time.monotonic() - began < 8
        time.sleep(0.2)
    assert attach.returncode == 1
    sentence = attach.stderr.read()
    assert f"cannot link library-user.o with {library.name}: " in sentence and \
        re.search(IN_TIME, sentence), sentence
    check_unharmed(bench, device, pid)


def test_results_that_are_too_large_are_given_up(bench):
    device, pid = begin(bench)
    library = huge(bench.directory / "huge.o")
    words = ("cannot link library-user.o with huge.o: ", "result would be larger than [0-9]+ KiB")
    is_refused(try_link(bench, device, library), *words)
    is_refused(inspect(library), *words)
    check_unharmed(bench, device, pid)


def facts(pid):
    return dict(line.split(":\t") for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":\t" in line)


def test_the_parser_has_no_rights_and_ends_with_the_daemon(bench):
    device, pid = begin(bench)
    library = endless(bench.directory / "endless.o")
    attach = subprocess.Popen(
        [BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "attach", USER, "--dev",
         device, "--link", library], stderr=subprocess.DEVNULL)
    assert wait_for(lambda: parsers(pid))
    (parser,) = parsers(pid)
    assert wait_for(lambda: facts(parser)["Seccomp"] == "2" and facts(parser)["CapEff"] == "0" * 16)
    state = facts(parser)
    assert state["NoNewPrivs"] == "1" and state["CapPrm"] == "0" * 16, state
    # The unit's daemon may not change its user.
    may_change_user = int(facts(pid)["CapEff"], 16) >> 7 & 1  # CAP_SETUID
    assert state["Uid"].split()[0] == ("65534" if may_change_user else "0"), state
    assert Path(f"/proc/{parser}/environ").read_bytes() == b""
    opened = {os.readlink(path) for path in Path(f"/proc/{parser}/fd").iterdir()}
    assert all(name in ("/dev/null", "/dev/zero") or name.startswith(("pipe:", f"/memfd:{HELPER}"))
               for name in opened), opened
    bench.daemons[0].kill()
    assert wait_for(lambda: not Path(f"/proc/{parser}").exists(), 8), "it ended by its own time limit"
    attach.wait()
    bench.daemons[0].start()
    check_unharmed(bench, device, bench.daemons[0].pid())


def test_a_user_without_rights_links_as_well(bench):
    bench.directory.chmod(0o755)
    program, _, user, parser = (
        Path(shutil.copy(path, bench.directory)) for path in
        (BUILD / "cli/xdpd-inspect", BUILD / "parser" / HELPER, USER, PARSER))
    crafted = in_no_section(bench.directory / "crafted.o")
    crafted.chmod(0o644)
    done = inspect(parser, user=user, program=program, runs_as=NOBODY)
    assert done.returncode == 0 and "grants_wishes can be attached" in done.stdout, done
    is_refused(inspect(crafted, user=user, program=program, runs_as=NOBODY), ENDED)


FAKE = """#!/usr/bin/python3 -S
import os, signal, struct, sys
def answer(kind, number, message, detail=b""):
    os.write(1, struct.pack("=Ii2048s4096s", kind, number, message, detail))
{}
"""


def test_whatever_a_parser_does_inspect_explains_it(bench):
    """The object stands for one that has taken over the parser."""
    program = bench.directory / "xdpd-inspect"
    shutil.copy(BUILD / "cli/xdpd-inspect", program)
    for acts, words in (
            ("os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV; one of the files"),
            ("os.kill(os.getpid(), signal.SIGXCPU)", "did not finish within 5 seconds"),
            ("signal.signal(signal.SIGXFSZ, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGXFSZ)", "result would be larger than 10[0-9]+ KiB"),
            ("os.kill(os.getpid(), signal.SIGKILL)", "was killed before it answered"),
            ("sys.exit(3)", "is of another version; restart xdpd"),
            ("sys.exit(7)", r"without an answer \(status 7\)"),
            ("os.close(1); signal.pause()", "was killed before it answered"),
            ("signal.pause()", "did not finish within 10 seconds"),
            ("os.write(1, b'short')", "without an answer"),
            ("answer(1, -22, b'a\\n\\033[31mb')", r"^xdpctl: a\?\?\[31mb$"),
            ("answer(1, -22, b'x' * 2048, b'y' * 4096)", "^xdpctl: x{2047}$"),
            ("answer(1, -22, b'')", "the answer of the parser is invalid"),
            ("answer(99, 5, b'words')", "the answer of the parser is invalid"),
            ("answer(2, 0, b'')", "more than 64 MiB of memory"),
            ("answer(0, 0, b''); answer(0, 0, b'')", "cannot read library-user.o: the parser "),
            ("os.ftruncate(3, 1 << 40); answer(0, 0, b'')", "limit is 1 MiB"),
    ):
        fake = bench.directory / HELPER
        fake.write_text(FAKE.format(acts))
        fake.chmod(0o755)
        done = inspect(PARSER, program=program)
        is_refused(done, words)
