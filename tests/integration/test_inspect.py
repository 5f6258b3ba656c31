# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What inspect says about objects before they are attached is what attaching them does."""
import json
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

from elf_edit import Elf
from harness import BUILD, OBJECTS, run, wait_for
from test_bad_input import section_header
from test_parser import CALLS, FAKE, HELPER

# Objects of xdp-tools, in Debian's directory for libraries.
OTHERS = sorted(Path("/usr/lib").glob("*/bpf/*.o")) + sorted(Path("/usr/lib/bpf").glob("*.o"))


def inspect(path, *arguments):
    """The exit status and the output."""
    command = [BUILD / "cli/xdpctl", "inspect", path, "--json", *arguments]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def states(described):
    return {kfunc["name"]: kfunc["state"] for kfunc in described["kfuncs"]}


def readable_copy(bench, path):
    """A copy for a user who cannot read the build directory."""
    bench.directory.chmod(0o755)
    copy = bench.directory / path.name
    copy.write_bytes(path.read_bytes())
    return copy


def test_a_user_without_rights_sees_everything_but_the_verdict(bench):
    programs = [readable_copy(bench, BUILD / name) for name in ("cli/xdpctl", "cli/xdpd-inspect", f"parser/{HELPER}")]
    client = programs[0]
    for program in programs:
        program.chmod(0o755)
    for name in ("kind-plain", "kind-maps", "calls-flavours"):
        path = readable_copy(bench, OBJECTS / f"{name}.o")
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                               client, "inspect", path, "--json"], capture_output=True, text=True,
                              check=False)
        seen = json.loads(done.stdout)
        assert done.returncode == 0 and seen["attachable"] and not seen["loaded"], done
        _, more = inspect(path)
        assert more["loaded"] and more["programs"][0].pop("verified") > 0, more
        assert seen | {"loaded": True} == more


def test_no_other_verb_loads_the_libraries_of_the_helper(bench):
    def needed(name):
        listed = run("readelf", "--dynamic", "--wide", BUILD / f"cli/{name}").stdout
        return {library for library in ("libbpf", "libelf", "libxdp", "libsystemd", "libpcap", "libncursesw", "libmicrohttpd")
                if f"[{library}.so" in listed}
    assert not needed("xdpctl")
    assert "libbpf" in needed("xdpd-inspect")
    assert "libpcap" in needed("xdpd-test")


def test_the_installed_helper_is_found_and_a_missing_one_is_reported(bench):
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", bench.directory)
    alone = readable_copy(bench, BUILD / "cli/xdpctl")
    alone.chmod(0o755)
    over = f"mount --bind {bench.directory}/usr/local /usr/local"
    object_file = OBJECTS / "kind-plain.o"
    for client in ("/usr/local/sbin/xdpctl", alone):
        done = run("unshare", "-m", "sh", "-ec", f"{over}; {client} inspect {object_file} --json")
        assert json.loads(done.stdout)["attachable"], done.stdout
    missing = run("unshare", "-m", "sh", "-ec",
                  f"{over}; rm -r /usr/local/libexec; {alone} inspect {object_file}", check=False)
    assert missing.returncode == 1 and missing.stderr == \
        "xdpctl: cannot run '/usr/local/libexec/xdpd/xdpd-inspect' (No such file or directory); " \
        "it should be installed together with xdpctl\n", missing


def test_objects_of_xdp_tools_can_be_inspected(bench):
    if not OTHERS:
        bench.skip("xdp-tools is not installed")
    for path in OTHERS:
        status, seen = inspect(path)
        assert seen["programs"] and status in (0, 1), path
        for program in seen["programs"]:
            assert not program.get("obstacles"), (path, program)
            assert program["frames"] >= 1 and program["instructions"] > 0


def test_inspect_predicts_what_attach_does(bench):
    device = bench.device()
    names = ["kind-plain", "kind-stack", "kind-static_subprogram", "kind-loop", "calls-flavours",
             "calls-no_group", "calls-strong", "calls-deep", "calls-wide", "calls-recursive",
             "calls-device", "bad-verifier", "bad-two", "bad-type", "bad-tracer", "bad-extension", "offers-first"]
    if not bench.kernel_older(6, 1):  # a program can make tail calls, an extension cannot
        names.append("kind-tail_call")
    for name in names:
        path = OBJECTS / f"{name}.o"
        status, seen = inspect(path)
        done = bench.try_xdpctl("attach", path, "--dev", device, "--name", "tested")
        assert done.returncode == status, (name, done.stderr, seen["obstacles"])
        assert seen["attachable"] == (status == 0)
        if status == 0:
            bench.xdpctl("detach", "tested", "--dev", device)


def test_both_flavours_of_a_kernel_function_load_and_decide(bench):
    """The object has a flavour for either kernel; before 6.2 neither function exists."""
    device = bench.device()
    bench.attach("calls-flavours", "--dev", device)
    bench.send(device, 3, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3
    absent = bench.kernel_older(6, 2)
    expected = {"bpf_cast_to_kern_ctx___one": "absent" if absent else "resolved",
                "bpf_cast_to_kern_ctx___two": "absent" if absent else "different",
                "bpf_no_such_kfunc___any": "absent"}
    assert states(inspect(OBJECTS / "calls-flavours.o")[1]) == expected
    assert states(bench.chain(device)[0]) == expected
    assert all(name in bench.xdpctl("status") for name in expected)
    bench.daemons[0].stop()
    bench.daemons[0].start()
    assert states(bench.chain(device)[0]) == expected


def test_a_group_without_any_function_is_refused_before_loading(bench):
    device = bench.device()
    sentence = bench.attach("calls-no_group", "--dev", device, expect=1)
    assert "one of the kernel functions of group" in sentence, sentence
    lines = sentence.splitlines()[1:]
    assert any("bpf_no_such_kfunc___old" in line for line in lines) or \
        bench.kernel_older(6, 2), sentence
    assert not any("processed" in line for line in lines), sentence
    assert bench.status() == []


def test_wrong_files_are_refused_and_another_btf_loads_nothing(bench):
    missing = bench.try_xdpctl("inspect", bench.directory / "nosuch.o")
    assert missing.returncode == 1 and "nosuch.o" in missing.stderr
    none = bench.try_xdpctl("inspect", OBJECTS / "kind-plain.o", "--btf", "/dev/null")
    assert none.returncode == 1 and "/dev/null" in none.stderr
    assert bench.try_xdpctl("inspect", "/etc/passwd").returncode == 1
    own = Path("/sys/kernel/btf/vmlinux")
    if own.exists():
        status, seen = inspect(OBJECTS / "calls-flavours.o", "--btf", own)
        assert status == 0 and not seen["loaded"] and seen["kernel"] == str(own)


UNREADABLE = {
    "bad-legacy_maps": ['SEC("maps")', 'use SEC(".maps")'],
    "bad-legacy_maps_no_btf": ['SEC("maps")', "no type information (BTF)", "clang -g", "btf_maps"],
    "bad-maps_no_btf": ["no type information (BTF)", "clang -g"],
}


def test_objects_that_cannot_be_opened_are_described_all_the_same(bench):
    device = bench.device()
    for name, words in UNREADABLE.items():
        status, seen = inspect(OBJECTS / f"{name}.o")
        assert status == 1 and not seen["attachable"] and not seen["loaded"], seen
        (program,) = seen["programs"]
        assert program["kind"] == "xdp" and program["instructions"] > 10 and program["frames"] == 1, program
        assert "bpf_map_lookup_elem" in [helper["name"] for helper in program["helpers"]], program
        counts = {"name": "counts", "type": "array", "key": 4, "value": 8, "entries": 4, "flags": 0}
        assert seen["maps"] == ([counts] if "legacy" in name else []), seen["maps"]
        (obstacle,) = seen["obstacles"]
        assert all(word in obstacle["message"] for word in words), obstacle
        assert obstacle["message"] in bench.attach(name, "--dev", device, expect=1)
        text = bench.try_xdpctl("inspect", OBJECTS / f"{name}.o").stdout
        assert f"{name}.o cannot be attached:\n  {obstacle['message']}" in text and program["name"] in text, text


def test_inspect_leaves_nothing_behind(bench):
    """No pins are left; the census after all tests would find programs that a test load had left."""
    assert inspect(OBJECTS / "kind-pinned_map.o")[1]["loaded"]
    assert not list(Path("/sys/fs/bpf").glob("xdpd_test*"))


def test_text_fits_a_terminal(bench):
    for name in ("kind-maps", "calls-deep", "kind-global_data"):
        done = bench.try_xdpctl("inspect", OBJECTS / f"{name}.o")
        tables = done.stdout.rpartition("\n\n")[0]  # sentences follow the tables
        assert max(map(len, tables.splitlines())) <= 100, done.stdout


def damaged_endlessly(path):
    """The relocations of its maps end far behind the end of the file."""
    contents = bytearray((OBJECTS / "kind-tail_call.o").read_bytes())
    struct.pack_into("<Q", contents, section_header(contents, ".rel.maps") + 32, 2 ** 64 - 16)
    path.write_bytes(contents)


def with_integers_of_200_bytes(path):
    """In its BTF, whose types follow a header with their place and size; an integer has the kind 1."""
    elf = Elf(OBJECTS / "kind-global_data.o")
    types = bytearray(elf.bytes_of(".BTF"))
    head, start, size = struct.unpack_from("<4x3I", types)
    place, extra = head + start, {1: 4, 3: 12, 14: 4, 17: 4}
    each = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
    while place < head + start + size:
        info, = struct.unpack_from("<I", types, place + 4)
        kind = info >> 24 & 31
        if kind == 1:
            struct.pack_into("<I", types, place + 8, 200)
        place += 12 + extra.get(kind, 0) + each.get(kind, 0) * (info & 0xffff)
    elf.replace(".BTF", types)
    path.write_bytes(elf.data)


def test_objects_made_to_hurt_the_process_that_reads_them_are_described_or_refused_by_name(bench):
    for make, words in ((damaged_endlessly, "truncated or damaged"), (with_integers_of_200_bytes, "int initial")):
        path = bench.directory / "hostile.o"
        make(path)
        for arguments in ((path,), (OBJECTS / "kind-plain.o", "--policy", path, "--slot", "decide"),
                          (OBJECTS / "library-user.o", "--link", path)):
            began = time.monotonic()
            done = run(BUILD / "cli/xdpctl", "inspect", *arguments, check=False)
            said = done.stdout + done.stderr
            assert done.returncode in (0, 1) and "hostile.o" in said and "the parser" not in said, (arguments, said)
            assert time.monotonic() - began < 60
        done = run(BUILD / "cli/xdpctl", "inspect", path, check=False)
        assert words in done.stdout + done.stderr, done


def taken_over(bench, acts):
    """inspect with a parser that an object has taken over, and the file with what went wrong in it."""
    bench.directory.chmod(0o755)
    program = Path(shutil.copy(BUILD / "cli/xdpd-inspect", bench.directory))
    errors = bench.directory / "errors"
    errors.touch(0o666)
    fake = bench.directory / HELPER
    fake.write_text(FAKE.format(errors=str(errors), acts="\n".join(f"    {line}" for line in acts.splitlines())))
    fake.chmod(0o755)
    return [program, "inspect", OBJECTS / "kind-plain.o"], errors


def test_whatever_the_parser_of_an_object_does_inspect_explains_it(bench):
    whole = json.dumps(inspect(OBJECTS / "kind-plain.o")[1])
    invalid = "the answer of the parser is invalid"
    for acts, words in (
            ("os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV; the file is malformed"),
            ("os.kill(os.getpid(), signal.SIGXCPU)", "did not finish within 5 seconds"),
            ("hear(); time.sleep(100)", "did not finish within 10 seconds"),
            ("sys.exit(7)", "without an answer (status 7)"),
            ("hear(); say(100, struct.pack('=Ii', 2, -12) + text(b'words') + text(b''))", "more than 64 MiB of memory"),
            ("hear(); say(105, b'')", invalid),
            ("hear(); say(105, text(b'{}'))", invalid),
            ("hear(); say(105, text(b'[' * 100000))", invalid),
            (f"hear(); say(105, text({whole[:-1]!r}.encode() + b', \"more\": 1}}'))", invalid),
            (f"hear(); say(105, text({whole!r}.replace('[', 'null, \"x\": [', 1).encode()))", invalid),
            (f"hear(); say(105, text({whole!r}.replace('true', '\"true\"').encode()))", invalid),
            ("hear(); say(101, struct.pack('=6I', 0, 0, 50, 4, 0, 0) + text(b'fw'))", invalid),
            ("hear(); say(210, text(b'/etc/shadow')); assert struct.unpack('=q', read(8))[0] == -13; say(210, b'')", invalid)):
        command, errors = taken_over(bench, acts)
        done = run(*command, check=False)
        assert done.returncode == 1 and not done.stdout, (acts, done)
        assert done.stderr.startswith("xdpctl: cannot read kind-plain.o: ") and words in done.stderr, (acts, done.stderr)
        assert errors.read_text() == "", errors.read_text()
    command, errors = taken_over(bench, CALLS)
    assert invalid in run(*command, check=False).stderr and errors.read_text() == "", errors.read_text()


def test_what_a_parser_writes_cannot_control_the_terminal(bench):
    whole = json.dumps(inspect(OBJECTS / "kind-plain.o")[1])
    odd = whole.replace("kind-plain.o", "\\u001b[31mred\\u202e")
    command, _ = taken_over(bench, f"hear(); say(105, text({odd!r}.encode()))")
    done = run(*command, check=False)
    assert "red" in done.stdout and "\x1b" not in done.stdout and "\u202e" not in done.stdout, done
    command, _ = taken_over(bench, "hear(); say(100, struct.pack('=Ii', 16, -22) + text(b'\x1b[31mred') + text(b'a\x1bb'))")
    done = run(*command, check=False)
    assert done.returncode == 1 and "red" in done.stderr and "\x1b" not in done.stderr, done


def descendants(pid):
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from descendants(child)


def test_the_process_that_reads_an_object_has_no_rights_even_for_root(bench):
    """It is stopped at the file that it asks for, which nobody writes to."""
    types = bench.directory / "types"
    os.mkfifo(types)
    client = subprocess.Popen([BUILD / "cli/xdpctl", "inspect", OBJECTS / "kind-plain.o", "--btf", types],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: len(list(descendants(client.pid))) == 2)
        for child in descendants(client.pid):
            assert wait_for(lambda child=child: "Seccomp:\t2" in Path(f"/proc/{child}/status").read_text())
            state = dict(line.split(":\t") for line in Path(f"/proc/{child}/status").read_text().splitlines() if ":\t" in line)
            assert state["CapEff"] == state["CapPrm"] == "0" * 16 and state["NoNewPrivs"] == "1", state
            assert state["Uid"].split()[0] == "65534", state
    finally:
        client.kill()
        client.wait()
    assert wait_for(lambda: not list(descendants(client.pid)) if Path(f"/proc/{client.pid}").exists() else True)


def test_the_process_that_may_be_root_parses_no_object(bench):
    symbols = run("nm", "--dynamic", "--undefined-only", BUILD / "cli/xdpd-inspect").stdout
    for name in ("bpf_object__open_mem", "bpf_object__load", "btf__parse", "btf__new", "elf_memory", "bpf_linker__new"):
        assert not any(word.split("@")[0] == name for word in symbols.split()), name
