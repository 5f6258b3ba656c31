# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A process that can do nothing else opens and loads objects, and the daemon does not trust its answers."""
import os
import shutil
import signal
import time
from pathlib import Path

from harness import BUILD, OBJECTS, UNIT, run, wait_for

HELPER = "xdpd-object"
FW = OBJECTS / "kind-maps.o"

# A parser that an object has taken over: it calls `talk` with the socket of each conversation.
FAKE = """#!/usr/bin/python3 -S
import array, os, signal, socket, struct, sys, time
sys.stderr = open({errors!r}, "a")
def say(kind, content=b""):
    talking.sendall(struct.pack("=II", kind, len(content)) + content)
def text(words):
    return struct.pack("=I", len(words) + 1) + words + b"\\0"
def read(size):
    content = b""
    while len(content) < size:
        more = talking.recv(size - len(content))
        if not more:
            sys.exit(0)
        content += more
    return content
def hear():
    kind, size = struct.unpack("=II", read(8))
    return kind, read(size)
def talk():
{acts}
control = socket.socket(fileno=3)
while True:
    number, control_data, _, _ = control.recvmsg(8, 64)
    if not control_data:
        break
    pid = os.fork()
    if pid == 0:
        talking = socket.socket(fileno=array.array("i", control_data[0][2])[0])
        control.close()
        talk()
        sys.stderr.flush()
        os._exit(0)
    os.close(array.array("i", control_data[0][2])[0])
    control.send(struct.pack("=i", os.waitpid(pid, 0)[1]))
"""


def taken_over(bench, acts):
    """A daemon with a parser that behaves like this."""
    if UNIT:
        bench.skip("the unit runs the parser that is installed")
    place = bench.directory / "program"
    place.mkdir()
    program = Path(shutil.copy(BUILD / "daemon/xdpd", place))
    errors = bench.directory / "errors"
    errors.touch(0o666)
    bench.directory.chmod(0o755)
    fake = place / HELPER
    fake.write_text(FAKE.format(errors=str(errors), acts="\n".join(f"    {line}" for line in acts.splitlines())))
    fake.chmod(0o755)
    daemon = bench.daemon(wrapper=(program,), start=False)
    del daemon.command[0]
    daemon.start()
    return daemon, errors


def refusal(bench, device):
    began = time.monotonic()
    done = bench.try_xdpctl("attach", FW, "--dev", device, "--name", "fw")
    assert done.returncode == 1 and done.stderr.startswith("xdpctl: "), done
    assert time.monotonic() - began < 60
    assert not bench.status()
    return done.stderr.splitlines()[0]


def test_whatever_a_parser_that_was_taken_over_says_the_daemon_goes_on(bench):
    device = bench.device()
    for number, (acts, words) in enumerate((
            ("os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV; the file is malformed"),
            ("sys.exit(7)", "without an answer (status 7)"),
            ("hear(); say(101, b'')", "the answer of the parser is invalid"),
            ("hear(); say(101, struct.pack('=6I', 0, 0, 1 << 30, 31, 0, 0) + text(b'fw'))",
             "the answer of the parser is invalid"),
            ("hear(); say(101, struct.pack('=6I', 0, 0, 50, 4, 0, 0) + text(b'f' * 200))",
             "the answer of the parser is invalid"),
            ("hear(); say(100, struct.pack('=Ii', 99, -22) + text(b'words') + text(b''))",
             "the answer of the parser is invalid"),
            ("hear(); talking.sendall(struct.pack('=II', 101, 1 << 31))", "the answer of the parser is invalid"),
            ("hear(); talking.sendall(struct.pack('=II', 210, 5) + text(b'') + b'more')",
             "the answer of the parser is invalid"),
            ("talking.sendall(bytes(range(256)) * 15); hear()", "the answer of the parser is invalid"),
            ("time.sleep(100)", "did not finish within 10 seconds"))):
        daemon, _ = taken_over_again(bench, acts)
        pid = daemon.pid()
        assert words in refusal(bench, device), (number, acts)
        assert daemon.pid() == pid
        daemon.stop()


def taken_over_again(bench, acts):
    """The same, after the directories of the previous daemon were removed."""
    shutil.rmtree(bench.directory / "program", ignore_errors=True)
    bench.daemons.clear()
    for path in bench.directory.glob("d"):
        shutil.rmtree(path)
    return taken_over(bench, acts)


CALLS = """
first = hear()
def call(kind, content):
    say(kind, content)
    kind, content = hear()
    assert kind == 6, kind
    return struct.unpack("=i", content[:4])[0]
def blob(content):
    return struct.pack("=I", len(content)) + content
def program(kind, instructions, chosen=1):
    head = struct.pack("=9I16s", chosen, kind, 0, 0, 0, 0, 0, 0, 0, b"x")
    return head + text(b"GPL") + blob(instructions) + blob(b"") + blob(b"") + blob(b"")
choosing = first[0] == 1
if choosing:
    say(101, struct.pack("=6I", 0, 0, 50, 4, 0, 0) + text(b"fw"))
    hear()
for path in (b"/etc/shadow", b"/sys/kernel/btf/../../../etc/shadow", b"/proc/1/mem", b"/sys/kernel/btf/"):
    say(210, text(path))
    assert struct.unpack("=q", read(8))[0] == -13, path
move, leave = struct.pack("=BBhi", 0xb7, 0, 0, 2), struct.pack("=BBhi", 0x95, 0, 0, 0)
array = struct.pack("=8I2IQ16s", 2, 4, 8, 1, 0, 0, 0, 0, 0, 0, 0, b"one")
assert call(205, program(1, (move + leave) * 20)) < 0, "a long program of another type"
assert call(205, program(26, move + leave)) == -22, "a tracing program"
for number in range(3, 40):
    load = struct.pack("=BBhi", 0x18, 0x11, 0, number) + bytes(8)
    assert call(205, program(6, load + move + leave)) == -9, "a descriptor of the daemon"
assert call(201, struct.pack("=8I2IQ16s", 26, 4, 8, 1, 0, 0, 0, 0, 0, 0, 0, b"operations")) < 0
assert call(201, struct.pack("=8I2IQ16s", 2, 4, 8, 1, 1 << 16, 0, 0, 0, 0, 0, 0, b"token")) == -22
assert call(201, struct.pack("=8I2IQ16s", 13, 4, 4, 1, 0, 0, 7, 0, 0, 0, 0, b"nested")) == -9
handle = call(201, array)
assert handle > 0, handle
assert call(203, struct.pack("=I", handle)) == 0
say(202, struct.pack("=2IQ", handle, 0, 0) + blob(bytes(4)) + blob(bytes(8000)))
read(1)
"""


def test_calls_of_the_kernel_are_checked_field_by_field(bench):
    device = bench.device()
    daemon, errors = taken_over(bench, CALLS)
    sentence = refusal(bench, device)
    assert errors.read_text() == "", errors.read_text()
    assert "the answer of the parser is invalid" in sentence, sentence
    assert daemon.pid()


def children(pid):
    return [int(number) for path in Path(f"/proc/{pid}/task").glob("*/children")
            for number in path.read_text().split()]


def zygote(pid):
    (found,) = [child for child in children(pid)
                if Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[0] == HELPER.encode()]
    return found


def facts(pid):
    return dict(line.split(":\t") for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":\t" in line)


def test_the_zygote_has_no_rights_and_ends_with_the_daemon(bench):
    daemon = bench.daemon()
    parser = zygote(daemon.pid())
    state = facts(parser)
    assert state["Seccomp"] == "2" and state["NoNewPrivs"] == "1", state
    assert state["CapEff"] == state["CapPrm"] == state["CapInh"] == "0" * 16, state
    may_change_user = int(facts(daemon.pid())["CapEff"], 16) >> 7 & 1  # CAP_SETUID, which the unit does not have
    assert state["Uid"].split()[0] == ("65534" if may_change_user else "0"), state
    opened = {os.readlink(path).split(":")[0] for path in Path(f"/proc/{parser}/fd").iterdir()}
    assert opened == {"/dev/null", "/dev/zero", "pipe", "socket"}, opened  # libbpf maps /dev/zero in place of maps
    daemon.kill()
    assert wait_for(lambda: not Path(f"/proc/{parser}").exists())


def test_a_zygote_that_was_killed_is_started_again(bench):
    daemon = bench.daemon()
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "one")
    before = zygote(daemon.pid())
    os.kill(before, signal.SIGKILL)
    assert wait_for(lambda: not Path(f"/proc/{before}").exists() or facts(before)["State"].startswith("Z"))
    bench.attach("verdict-0", "--dev", device, "--name", "two")
    assert bench.names(device) == ["one", "two"] and zygote(daemon.pid()) != before


def test_the_daemon_opens_no_object_itself(bench):
    """The daemon contains no symbol of libbpf or libelf that opens an object from bytes."""
    del bench
    names = run("nm", "--dynamic", "--undefined-only", BUILD / "daemon/xdpd").stdout.split()
    for name in ("elf_memory", "elf_begin", "bpf_linker__new", "xdp_program__create"):
        assert not any(word.split("@")[0] == name for word in names), name
