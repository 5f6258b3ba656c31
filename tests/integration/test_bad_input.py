# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Bad input is answered with one clear sentence, and changes nothing."""
import array
import json
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import time
from pathlib import Path

from harness import BUILD, OBJECTS, PATIENCE, Client, run, wait_for


def refused(bench, device, path, *words, arguments=()):
    """Attaching that object is refused with its name, and nothing changes."""
    before = bench.status()
    sentence = bench.xdpctl("attach", path, "--dev", device, *arguments, expect=1)
    for word in (path.name, *words):
        assert word in sentence, sentence
    assert bench.status() == before
    return sentence


def test_invalid_objects_are_refused(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "runs")
    text, empty, huge, cut = (bench.directory / name for name in
                              ("text.o", "empty.o", "huge.o", "cut.o"))
    text.write_text("SEC(\"xdp\")\n" * 50)
    empty.write_bytes(b"")
    with open(huge, "wb") as file:
        file.truncate((16 << 20) + 1)
    whole = (OBJECTS / "kind-maps.o").read_bytes()
    refused(bench, device, text, "not an ELF")
    refused(bench, device, empty, "not an ELF")
    refused(bench, device, huge, "16 MiB")
    for part in (20, 70, len(whole) // 2, len(whole) - 10):
        cut.write_bytes(whole[:part])
        refused(bench, device, cut)
    damaged = bench.directory / "damaged.o"
    for place in range(64, len(whole), max(1, len(whole) // 60)):
        damaged.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8:])
        # Some damage does not matter; in any case nothing may break.
        run(BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "attach", damaged, "--dev",
            device, check=False)
        run(BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "detach", "kind", "--dev",
            device, check=False)
    assert bench.names(device) == ["runs"]
    refused(bench, device, next((BUILD / "cli/xdpctl.p").glob("*.o")), "another machine")
    refused(bench, device, OBJECTS / "bad-maps_no_btf.o", "has maps but no type information (BTF)", "clang -g")
    refused(bench, device, OBJECTS / "bad-empty.o", "no program")
    refused(bench, device, OBJECTS / "bad-type.o", "'shaper'", "'tc'")
    refused(bench, device, OBJECTS / "bad-tracer.o", "'watcher'", "makes it type tracing", "it observes a function",
            "attach it with its own loader")
    refused(bench, device, OBJECTS / "bad-extension.o", "'reclassify'", "extends a program of another type",
            "'int reclassify(struct __sk_buff *ctx)'")
    refused(bench, device, OBJECTS / "bad-map.o", "'on_another_cpu'", "device or CPU maps")
    sentence = refused(bench, device, OBJECTS / "bad-verifier.o", "'out_of_bounds'")
    assert "invalid access to packet" in sentence
    assert "regular file" in bench.xdpctl("attach", bench.directory, "--dev", device, expect=1)
    bench.xdpctl("attach", bench.directory / "nosuch.o", "--dev", device, expect=1)


def section_header(contents, name):
    """Where in the object the header of that section is: the fields of Elf64_Shdr are named in elf(5)."""
    table, = struct.unpack_from("<Q", contents, 40)
    count, names = struct.unpack_from("<HH", contents, 60)
    strings, = struct.unpack_from("<Q", contents, table + 64 * names + 24)
    for header in range(table, table + 64 * count, 64):
        start = strings + struct.unpack_from("<I", contents, header)[0]
        if contents[start:contents.index(0, start)] == name.encode():
            return header
    raise AssertionError(name)


def test_object_with_a_table_larger_than_any_file(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "runs")
    contents = bytearray((OBJECTS / "kind-tail_call.o").read_bytes())
    struct.pack_into("<Q", contents, section_header(contents, ".rel.maps") + 32, 2 ** 64 - 16)
    path = bench.directory / "endless.o"
    path.write_bytes(contents)
    refused(bench, device, path, "truncated or damaged")


def test_program_that_names_a_map_of_another_component(bench):
    """Otherwise the kernel would accept the number of any descriptor of the daemon."""
    device = bench.device()
    bench.attach("kind-maps", "--dev", device)
    maps = [int(fd.name) for fd in Path(f"/proc/{bench.daemons[0].pid()}/fd").iterdir()
            if "bpf-map" in os.readlink(fd)]
    assert maps
    contents = (OBJECTS / "bad-number.o").read_bytes()
    load = contents.index(struct.pack("<I", 0x55667788)) - 4
    path = bench.directory / "numbered.o"
    for number in maps:
        # BPF_LD_IMM64 with BPF_PSEUDO_MAP_FD: an opcode, two registers, and the number in the first half
        path.write_bytes(contents[:load] + bytes([contents[load], contents[load + 1] | 0x10, 0, 0]) +
                         struct.pack("<iII", number, 0, 0) + contents[load + 16:])
        refused(bench, device, path, "only the maps of its object")


def test_invalid_names_and_devices_are_refused(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    assert "'verdict'" in bench.attach("verdict-1", "--dev", device, expect=1)
    assert "'nosuch0'" in bench.attach("verdict-1", "--dev", "nosuch0", expect=1)
    assert "'nobody'" in bench.xdpctl("detach", "nobody", "--dev", device, expect=1)
    assert bench.names(device) == ["verdict"]


def test_names_of_components(bench):
    device = bench.device()
    for name in ("..", "@policy", "a/b", "--all", "a b", "reader:x", "\u202efw", ""):
        sentence = bench.xdpctl("attach", OBJECTS / "verdict-0.o", "--dev", device,
                                f"--name={name}", expect=1)
        assert "name" in sentence and "Traceback" not in sentence, sentence
        chains = bench.directory / "chains.json"
        chains.write_text(json.dumps({"devices": [{"name": device, "components": [
            {"object": str(OBJECTS / "verdict-0.o"), "name": name}]}]}))
        assert "name" in bench.xdpctl("apply", chains, expect=1)
    assert bench.status() == []
    for name in ("防火墙", "a.b-c+d", "_x$y"):
        bench.attach("verdict-0", "--dev", device, "--name", name)
    assert bench.names(device) == ["防火墙", "a.b-c+d", "_x$y"]
    rows = [line for line in bench.xdpctl("status").splitlines() if " 50 " in line]
    starts = {line.index("inlined" if "inlined" in line else "ext") + line.count("防火墙") * 3
              for line in rows}
    assert len(rows) == 3 and len(starts) == 1, rows


def test_names_of_maps_that_are_no_file_names(bench):
    """They come from an object, and maps are pinned by them."""
    device = bench.device()
    whole = (OBJECTS / "kind-pinned_map.o").read_bytes()
    old = b"xdpd_test_pinned"
    path = bench.directory / "odd.o"
    for name, why in ((b"xdpd/test/pinned", "has a '/'"), (b"../../../../../x", "has a '/'"),
                      (b"/sys/fs/bpf/xdpd", "has a '/'"), (b"..", "means a directory"),
                      (b".", "means a directory"), (b"", "pinned by its name")):
        path.write_bytes(whole.replace(old, name.ljust(len(old), b"\0")))
        sentence = bench.xdpctl("attach", path, "--dev", device, expect=1)
        assert "odd.o" in sentence and (why in sentence or not name), (name, sentence)
        sentence = bench.try_xdpctl("inspect", path)
        assert sentence.returncode == 1 and (why in sentence.stdout + sentence.stderr or not name)
    assert bench.status() == [] and not os.path.exists("/sys/fs/bpf/xdpd_test_pinned")


def test_a_device_that_disappears_between_build_and_swap(bench):
    """The verifier is busy with the component for so long that the device can disappear meanwhile."""
    bench.daemon()
    for others in (False, True):
        devices = [bench.device() for _ in range(2)]
        if others:  # xdpd managed the device that stays before
            bench.attach("verdict-0", "--dev", devices[0])
        before = bench.status()
        attach = subprocess.Popen(
            [BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "attach",
             OBJECTS / "heavy.o", "--dev", devices[0], "--dev", devices[1]],
            stderr=subprocess.PIPE, text=True)
        time.sleep(0.1)
        run("ip", "-n", bench.netns, "link", "del", devices[1])
        sentence = attach.communicate()[1]
        assert attach.returncode == 1 and devices[1] in sentence, sentence
        assert bench.status() == before


def test_invalid_messages_are_refused(bench):
    bench.daemon()

    def answer(message):
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        return bench.call_raw(data + b"\0").rstrip(b"\0")

    for message in (b"hello", b"{", b"[]", b"42", b"", b'{"method":7}', b"\xff\xfe{}",
                    {"method": "io.xdpd.Status", "parameters": []},
                    b'{"method":"io.xdpd.Status","method":"io.xdpd.Status"}',
                    b"[" * 5000):
        reply = json.loads(answer(message))
        assert reply["error"] == "io.xdpd.InvalidArgument" and reply["parameters"]["message"]
    for method, error in (("io.xdpd.Nothing", "MethodNotFound"),
                          ("org.example.Status", "InterfaceNotFound"),
                          ("Status", "InterfaceNotFound")):
        assert json.loads(answer({"method": method}))["error"] == f"org.varlink.service.{error}"
    for parameters, words in (({"nonsense": 1}, ["nonsense"]), ({"devices": "eth0"}, ["devices"]),
                              ({"devices": [1]}, ["devices[0]"])):
        reply = json.loads(answer({"method": "io.xdpd.Status", "parameters": parameters}))
        assert reply["error"] == "io.xdpd.InvalidArgument", reply
        assert all(word in reply["parameters"]["message"] for word in words), reply
    good = {"devices": ["lo"], "object": 0}
    for wrong in ({"priority": 65536}, {"priority": -1}, {"priority": "10"}, {"mode": "fast"},
                  {"proceed_on": ["maybe"]}, {"before": "a", "after": "b"}, {"extra": None},
                  {"object": 1}, {"object": -1}, {}):
        reply = json.loads(answer({"method": "io.xdpd.Attach", "parameters": good | wrong}))
        assert reply["error"] == "io.xdpd.InvalidArgument", (wrong, reply)
    assert bench.status() == []


def test_a_request_that_is_too_long_is_refused(bench):
    bench.daemon()
    reply = bench.call_raw(b"x" * ((1 << 20) + 100))
    assert b"1048576 bytes" in reply, reply
    assert bench.status() == []


def call_with_fd(bench, fd, count=1):
    """Calls Attach with that descriptor; returns the daemon's answer."""
    with Client(bench.daemons[0].socket) as client:
        return client.call("Attach", [fd] * count, devices=["lo"], object=0)


def test_descriptors_of_the_wrong_kind_are_refused(bench):
    bench.daemon()
    reader, writer = os.pipe()
    directory = os.open("/", os.O_RDONLY)
    path_only = os.open(OBJECTS / "verdict-0.o", os.O_PATH)
    write_only = os.open(bench.directory / "w", os.O_WRONLY | os.O_CREAT)
    os.write(write_only, b"x")
    for fd in (reader, writer, directory, path_only, write_only):
        reply = call_with_fd(bench, fd)
        assert reply["error"] == "io.xdpd.BadObject", reply
        os.close(fd)
    with open("/dev/null", "rb") as null:
        assert call_with_fd(bench, null.fileno())["error"] == "io.xdpd.BadObject"
        assert call_with_fd(bench, null.fileno(), 17)["error"] == "io.xdpd.InvalidArgument"
    assert bench.status() == []


def test_a_client_that_dies_in_a_request_changes_nothing(bench):
    device = bench.device()
    bench.daemon()
    call = json.dumps({"method": "io.xdpd.Attach", "parameters":
                       {"devices": [device], "object": 0}}).encode() + b"\0"
    for length in (1, len(call) // 2, len(call) - 1, len(call)):
        with open(OBJECTS / "kind-maps.o", "rb") as file, \
                socket.socket(socket.AF_UNIX) as client:
            client.connect(str(bench.daemons[0].socket))
            client.sendmsg([call[:length]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                              array.array("i", [file.fileno()]))])
    assert [state["components"] for state in bench.status()] in ([], [[]]) or \
        bench.names(device) == ["kind"]
    bench.attach("verdict-0", "--dev", device)


def test_clients_that_never_read_do_not_block_others(bench):
    device = bench.device()
    for number in range(8):
        bench.attach("kind-global_data", "--dev", device, "--name", f"n{number}")
    call = b'{"method":"io.xdpd.Status"}\0' * 2000
    clients = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    for client in clients:
        client.connect(str(bench.daemons[0].socket))
        client.setblocking(False)
        try:
            client.send(call)
        except BlockingIOError:
            pass
    assert len(bench.names(device)) == 8
    bench.xdpctl("detach", "--all", "--dev", device)
    for client in clients:
        client.close()
    assert bench.names(device) == []


def test_messages_in_pieces_and_many_at_once(bench):
    bench.daemon()
    call = b'{"method":"io.xdpd.Status"}\0'
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(bench.daemons[0].socket))
        client.settimeout(PATIENCE)
        for byte in call:
            client.sendall(bytes([byte]))
        client.sendall(call * 10)
        answer = b""
        while answer.count(b"\0") < 11:
            answer += client.recv(65536)
    assert answer == b'{"parameters":{"devices":[]}}\0' * 11


def test_a_missing_daemon_is_reported(bench):
    daemon = bench.daemon()
    daemon.stop()
    sentence = bench.xdpctl("status", expect=3)
    assert str(daemon.socket) in sentence


def put(path, what):
    """Puts something that is not a regular file in the place of one."""
    if path.is_symlink() or path.exists():
        path.unlink()
    if what == "fifo":
        os.mkfifo(path)
    elif what == "device":
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero
    elif what == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    elif what == "directory":
        path.mkdir()
    elif what == "link":
        path.symlink_to("/etc/passwd")
    elif what == "huge":
        with open(path, "wb") as file:
            file.truncate(1 << 40)


NO_FILES = {"fifo": "not a regular file", "device": "not a regular file",
            "socket": "not a regular file", "directory": "not a regular file",
            "link": "symbolic link", "huge": "the limit is 64 MiB"}


def test_records_that_are_no_files(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    bench.quiet()
    daemon, before = bench.daemons[0], bench.status()
    (record,) = daemon.records()
    for what, words in NO_FILES.items():
        for path in (record, daemon.directory / "state/pending.json"):
            daemon.stop()
            daemon.log.write_text("")
            put(path, what)
            daemon.start()
            assert bench.status() == before, (what, path)
            assert f"'{path.name}'" in daemon.log.read_text(), daemon.log.read_text()
            assert words in daemon.log.read_text(), daemon.log.read_text()
            assert record.is_file() and not record.is_symlink()
    assert len(list((daemon.directory / "state/damaged").iterdir())) == 2 * len(NO_FILES)
    for path in (daemon.directory / "state/damaged").iterdir():
        path.rmdir() if path.is_dir() else path.unlink()


def test_objects_that_are_no_files(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw")
    (stored,) = bench.daemons[0].objects()
    for what, words in NO_FILES.items():
        put(stored, what)
        found = bench.try_xdpctl("verify").stdout
        assert "verdict-0.o" in found and words in found, found
        if what == "directory":
            stored.rmdir()
        bench.xdpctl("replace", "fw", OBJECTS / "verdict-0.o", "--dev", device)
        assert "as it should be" in bench.xdpctl("verify"), what
        assert stored.read_bytes() == (OBJECTS / "verdict-0.o").read_bytes()


def ends_with(daemon, *words):
    done = run(*daemon.command, check=False, timeout=PATIENCE)
    assert done.returncode == 1 and all(str(word) in done.stderr for word in words), done


def test_settings_that_are_no_files(bench):
    daemon = bench.daemon()
    daemon.stop()
    daemon.config.mkdir()
    path = daemon.config / "a.conf"
    for what in ("fifo", "device", "socket", "directory", "huge"):
        put(path, what)
        ends_with(daemon, path, "EFBIG" if what == "huge" else "not a regular file")
        path.rmdir() if what == "directory" else path.unlink()
    target = bench.directory / "elsewhere"
    path.symlink_to(target)
    ends_with(daemon, path, "ENOENT")
    put(target, "fifo")
    ends_with(daemon, path, "not a regular file")
    target.unlink()
    target.write_text("max-changes = 20\n")
    daemon.start()
    target.unlink()
    put(target, "fifo")
    daemon.signal(signal.SIGHUP)
    assert wait_for(lambda: "configuration not reloaded" in daemon.log.read_text())
    assert bench.status() == []


def test_directories_that_others_can_change(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    daemon = bench.daemons[0]
    daemon.stop()
    state = daemon.directory / "state"
    for directory, name in ((state, "state directory"), (daemon.directory, "state directory"),
                            (daemon.bpffs, "pin directory")):
        mode = directory.stat().st_mode & 0o7777
        for change, words in ((lambda: directory.chmod(0o777), "others may write to"),
                              (lambda: directory.chmod(0o770), "others may write to"),
                              (lambda: os.chown(directory, 1234, 0), "belongs to uid 1234")):
            change()
            ends_with(daemon, name, f"'{directory}'", words)
            directory.chmod(mode)
            os.chown(directory, 0, 0)
    state.rename(daemon.directory / "real")
    state.symlink_to("real")
    ends_with(daemon, f"'{state}'", "symbolic link")
    state.unlink()
    (daemon.directory / "real").rename(state)
    daemon.start()
    assert bench.names(device) == ["verdict"]


EVIL = "a\x1b[31m\x1b]0;title\x07\nb\u202e\u009b2J\x7f.o"
SHOWN = r"a\x1b[31m\x1b]0;title\x07\x0ab\u202e\x9b2J\x7f.o"


def is_harmless(text):
    lines = re.sub(r"\n\t+", "\n", text).split("\n")  # pictures are indented with tabs
    assert all(line.isprintable() for line in lines), ascii(text)
    return text


def test_names_that_a_terminal_would_obey(bench):
    device, daemon = bench.device(), bench.daemon()
    path = bench.directory / EVIL
    path.write_bytes((OBJECTS / "verdict-0.o").read_bytes())
    bench.xdpctl("attach", path, "--dev", device, "--name", "fw")
    for words in (["status"], ["graph"], ["graph", "--dot"], ["why", "fw"], ["export"], ["maps"],
                  ["status", "--json"], ["graph", "--json"], ["export", "--json"]):
        is_harmless(bench.xdpctl(*words))
    assert SHOWN in bench.xdpctl("graph")
    assert json.loads(bench.xdpctl("graph", "--json"))["nodes"], "what is printed is JSON still"
    daemon.objects()[0].write_bytes(b"not what it was")
    found = bench.try_xdpctl("verify")
    assert SHOWN in is_harmless(found.stdout), found
    assert EVIL in json.loads(bench.try_xdpctl("verify", "--json").stdout)["findings"][0][
        "difference"]
    path.write_bytes(b"text")
    refusal = bench.xdpctl("attach", path, "--dev", device, expect=1)
    assert SHOWN in is_harmless(refusal), refusal
    assert SHOWN in is_harmless(bench.xdpctl("inspect", path, expect=1))
    for words in (["attach", "no" + EVIL, "--dev", device], ["inspect", "no" + EVIL],
                  ["apply", "no" + EVIL], ["test", "--dev", device, "no" + EVIL],
                  ["why", EVIL]):
        assert "\\x1b[31m" in is_harmless(bench.xdpctl(*words, expect=1)), words
    for words in ([EVIL], ["status", f"--{EVIL}"]):
        assert "\\x1b[31m" in is_harmless(bench.xdpctl(*words, expect=2)), words
    assert "is not a valid name" in is_harmless(bench.xdpctl("status", EVIL, expect=1))
    is_harmless(daemon.log.read_text())


def test_names_that_are_no_utf_8(bench):
    device = bench.device()
    path = bench.directory / os.fsdecode(b"a\xff\x9b.o")
    path.write_bytes((OBJECTS / "verdict-0.o").read_bytes())
    bench.xdpctl("attach", path, "--dev", device)
    is_harmless(bench.xdpctl("graph"))
    missing = bench.xdpctl("attach", str(path) + "x", "--dev", device, expect=1)
    assert r"a\xff\x9b.ox" in is_harmless(missing)
