# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What inspect says about objects before they are attached is what attaching them does."""
import json
import subprocess
from pathlib import Path

from harness import BUILD, OBJECTS, run

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
    client, helper = (readable_copy(bench, BUILD / f"cli/{name}")
                      for name in ("xdpctl", "xdpd-inspect"))
    for program in (client, helper):
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
