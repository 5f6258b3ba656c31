# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A chain with a component that cannot be an extension is fused when it is attached, and the status says why."""
import json
import subprocess

from harness import BUILD, OBJECTS, run

# What 'inspect' and 'attach' both say of such an object.
CANNOT_BE_EXTENSIONS = {
    "kind-void_context": "it is declared as 'int kind(void *context)', not as 'int kind(struct xdp_md *)'",
    "kind-no_argument": "it is declared as 'int kind(",
    "kind-no_btf": "its object has no type information (BTF)",
    "kind-open_array": "it has the program array 'programs'",
    "kind-redirect_frags": "the map 'ports'",
}


def linker_of(bench):
    return json.loads(bench.xdpctl("features", "--json"))["linker"]


def state(bench, device):
    return next(state for state in bench.status() if state["ifname"] == device)


def inspect(name):
    done = subprocess.run([BUILD / "cli/xdpctl", "inspect", OBJECTS / f"{name}.o", "--json"], check=False,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def test_what_cannot_be_an_extension_is_attached_and_inspect_says_the_same(bench):
    for name, words in CANNOT_BE_EXTENSIONS.items():
        if name == "kind-redirect_frags" and bench.kernel_older(5, 18):
            continue
        inspected = inspect(name)
        (notes,) = [program["notes"] for program in inspected["programs"]]
        assert inspected["attachable"], inspected
        assert any("fused at once" in note and words in note for note in notes), (name, notes)
        device = bench.device()
        bench.attach("verdict-1", "--dev", device, "--name", "neighbour", "--prio", 60)
        said = bench.attach(name, "--dev", device, "--name", "tested")
        tested, _ = bench.chain(device)
        running = state(bench, device)
        if linker_of(bench) != "fused":
            assert "fused at once" in said and words in said, said
            assert running["linker"] == "fused", running
            assert words in tested["no_extension"], tested
            assert f"fused at once, because tested cannot be an extension: {tested['no_extension']}" in \
                bench.xdpctl("status", "--dev", device)
        bench.send(device, 3, 1, 2)
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3, bench.chain(device)
        bench.xdpctl("detach", "tested", "--dev", device)
        assert state(bench, device)["linker"] in ("freplace", linker_of(bench))
        bench.xdpctl("detach", "--all", "--release", "--dev", device)


def test_why_a_chain_was_fused_at_once_is_known_after_a_restart(bench):
    device = bench.device()
    bench.attach("kind-no_btf_calls", "--dev", device)
    before = state(bench, device)
    bench.daemons[0].kill()
    bench.daemons[0].start()
    after = state(bench, device)
    assert after["rootlet"] == before["rootlet"] and after["linker"] == "fused"
    assert [c.get("no_extension") for c in after["components"]] == \
        [c.get("no_extension") for c in before["components"]]
    bench.attach("verdict-1", "--dev", device, "--name", "next", "--prio", 60)
    bench.send(device, 3, 2, 1)
    assert bench.chain(device)[1]["counters"]["terminate"]["drop"] == 3


def test_programs_of_others_can_be_put_into_a_program_array(bench):
    device = bench.device()
    said = bench.attach("kind-open_array", "--dev", device)
    (component,) = bench.chain(device)
    (array,) = component["maps"]
    place = f"/sys/fs/bpf/{device}-callee"
    run("bpftool", "prog", "load", OBJECTS / "verdict-1.o", place, "type", "xdp")
    try:
        run("bpftool", "map", "update", "id", array["id"], "key", *"1000", "value", "pinned", place)
    finally:
        run("rm", place)
    bench.send(device, 4, 2, 1)  # the callee decides by the second byte
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 4, said


def test_tools_of_libxdp_cannot_list_what_is_no_extension(bench):
    if linker_of(bench) == "fused":
        bench.skip("the kernel has no freplace")
    device = bench.device()
    said = bench.attach("kind-void_context", "--dev", device, "--interop", "libxdp", expect=1)
    assert "'kind' cannot be an extension: it is declared as" in said, said
    # An array that takes no programs of others is no obstacle there.
    if not bench.kernel_older(6, 1):
        bench.attach("kind-tail_call", "--dev", device, "--interop", "libxdp")
        assert state(bench, device)["linker"] == "freplace"


def attach_unfusable(bench, device):
    """A component that can be an extension, and that no fused program can contain."""
    if bench.kernel_older(6, 3):
        bench.skip("the kernel makes objects from 6.3 on")
    if linker_of(bench) == "fused":
        bench.skip("the kernel has no freplace")
    bench.attach("kind-objects", "--dev", device, "--name", "objects", "--prio", 10)


def array_of(bench, device, name):
    (component,) = [component for component in bench.chain(device) if component["name"] == name]
    return component["maps"][0]["id"]


def put_program(bench, device, array, check=True):
    """Another loader puts its program into the array."""
    place = f"/sys/fs/bpf/{device}-callee"
    run("bpftool", "prog", "load", OBJECTS / "verdict-1.o", place, "type", "xdp")
    try:
        return run("bpftool", "map", "update", "id", array, "key", *"1000", "value", "pinned", place, check=check)
    finally:
        run("rm", place)


def test_a_chain_that_cannot_be_fused_gets_extensions_and_says_what_that_means(bench):
    device = bench.device()
    attach_unfusable(bench, device)
    said = bench.attach("kind-open_array", "--dev", device, "--name", "root")
    assert "'root' is an extension, because the chain cannot be fused: 'kind' allocates objects" in said, said
    limit = "it has the program array 'programs', and the kernel puts no XDP program into the array of an extension"
    assert limit in said, said
    assert state(bench, device)["linker"] == "freplace"
    assert put_program(bench, device, array_of(bench, device, "root"), check=False).returncode
    bench.send(device, 3, 2, 2)
    assert [c["counters"]["run"] for c in bench.chain(device)] == [3, 3]
    for _ in range(2):
        assert bench.chain(device)[1]["map_limit"] == limit
        assert f"  root is an extension: {limit}" in bench.xdpctl("status", "--dev", device)
        bench.daemons[0].kill()
        bench.daemons[0].start()
    # Another device gets a component without this limit.
    other = bench.device()
    bench.attach("kind-open_array", "--dev", other, "--name", "root")
    assert state(bench, other)["linker"] == "fused"
    # Without the obstacle, the component becomes an XDP program.
    said = bench.xdpctl("detach", "objects", "--dev", device)
    assert state(bench, device)["linker"] == "fused", said
    assert "is a new one with the same entries, because the component is no longer an extension" in said, said
    put_program(bench, device, array_of(bench, device, "root"))
    bench.send(device, 4, 2, 1)  # the callee decides by the second byte
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 4


def test_what_can_be_neither_an_extension_nor_fused_is_refused_in_one_sentence(bench):
    device = bench.device()
    attach_unfusable(bench, device)
    said = bench.attach("kind-void_context", "--dev", device, "--name", "other", expect=1)
    assert "'other' cannot be an extension (it is declared as 'int kind(void *context)'" in said, said
    assert "and its chain cannot be fused: 'kind' allocates objects of its own types" in said, said
    assert bench.names(device) == ["objects"] and len(said.splitlines()) == 1, said
    # A program array in use cannot become that of an extension.
    bench.xdpctl("detach", "objects", "--dev", device)
    bench.attach("kind-open_array", "--dev", device, "--name", "root")
    put_program(bench, device, array_of(bench, device, "root"))
    said = bench.attach("kind-objects", "--dev", device, "--name", "objects", expect=1)
    assert "'root' cannot be an extension (map 'programs' of 'kind' must be a new one, because the kernel lets no " \
        "extension share it with an XDP program; entry 1 cannot be copied" in said, said
    bench.send(device, 4, 2, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 4
    bench.xdpctl("replace", "root", OBJECTS / "kind-open_array.o", "--dev", device, "--fresh-maps")
    bench.attach("kind-objects", "--dev", device, "--name", "objects")
