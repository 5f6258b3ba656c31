# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Components with maps that hold programs are loaded for their chain: for multi-buffer packets or not."""
import json
import os

from harness import OBJECTS, run

FILES = {"router": "kind-redirect_frags.o", "plain": "verdict-1.o"}


def entry_of(map_id, key):
    """The device in an entry of a device map, by its number; 0: none."""
    listed = json.loads(run("bpftool", "-j", "map", "dump", "id", map_id).stdout)
    values = [int.from_bytes(bytes(int(byte, 16) for byte in entry["value"][:4]), "little") for entry in listed
              if entry["key"][0] in (f"0x{key:02x}", f"{key}") and "value" in entry]
    return values[0] if values else 0


def put(bench, map_id, key, device):
    """Device numbers in such a map are those of the network namespace of the process that writes them."""
    index = json.loads(run("ip", "-n", bench.netns, "-j", "link", "show", device).stdout)[0]["ifindex"]
    number = [str(byte) for byte in int(index).to_bytes(4, "little")]
    bench.inside(bench.netns, "bpftool", "map", "update", "id", map_id, "key", str(key), "0", "0", "0", "value",
                 *number)
    return int(index)


def ports(bench, device, name="router"):
    (component,) = [c for c in bench.chain(device) if c["name"] == name]
    (ports,) = component["maps"]
    return ports["id"]


def attach_router(bench, device):
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    bench.attach("kind-redirect_frags", "--dev", device, "--name", "router", "--prio", 50)
    return put(bench, ports(bench, device), 1, device)


def test_a_neighbour_that_accepts_no_multi_buffer_packets_is_no_obstacle(bench):
    device = bench.device()
    index = attach_router(bench, device)
    before = ports(bench, device)
    said = bench.attach("verdict-1", "--dev", device, "--name", "plain", "--prio", 60)
    assert "map 'ports' of 'router' is a new one with the same entries" in said, said
    assert "does not accept multi-buffer packets" in said, said
    after = ports(bench, device)
    assert after != before
    assert entry_of(after, 1) == index
    bench.send(device, 3, 2, 1)
    assert [c["counters"]["run"] for c in bench.chain(device)] == [3, 3]
    # After a restart, the daemon knows which packets the chain accepts, also for components that are attached later.
    bench.daemons[0].kill()
    bench.daemons[0].start()
    bench.xdpctl("detach", "plain", "--dev", device)
    bench.attach("kind-redirect_frags", "--dev", device, "--name", "second", "--prio", 70)
    assert ports(bench, device) == after
    bench.send(device, 3, 2, 1)
    assert bench.chain(device)[1]["counters"]["run"] == 3
    # After it is loaded again, the chain accepts larger packets again.
    bench.xdpctl("detach", "second", "--dev", device)
    bench.xdpctl("replace", "router", OBJECTS / "kind-redirect_frags.o", "--dev", device)
    assert entry_of(ports(bench, device), 1) == index
    bench.attach("kind-section-xdp_frags", "--dev", device, "--name", "third", "--prio", 70)
    bench.send(device, 2, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 2


def test_the_same_in_one_chain_file_in_both_orders(bench):
    for first, second in (("router", "plain"), ("plain", "router")):
        device = bench.device()
        attach_router(bench, device)
        bench.xdpctl("detach", "router", "--dev", device)
        components = [{"name": name, "object": str(OBJECTS / FILES[name])} for name in (first, second)]
        wanted = bench.directory / f"{first}.json"
        wanted.write_text(json.dumps({"devices": [{"name": device, "components": components}]}))
        bench.xdpctl("apply", wanted)
        bench.send(device, 3, 2, 2)
        assert [c["counters"]["run"] for c in bench.chain(device)] == [3, 3]


def test_a_program_is_replaced_by_its_build_for_multi_buffer_packets(bench):
    device = bench.device()
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    bench.attach("kind-redirect", "--dev", device, "--name", "router")
    index = put(bench, ports(bench, device), 1, device)
    said = bench.xdpctl("replace", "router", OBJECTS / "kind-redirect_frags.o", "--dev", device)
    assert "is a new one with the same entries" in said, said
    assert entry_of(ports(bench, device), 1) == index
    bench.send(device, 3, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3


def test_an_entry_with_a_program_that_the_new_map_cannot_take_is_named(bench):
    device = bench.device()
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    bench.attach("kind-open_array", "--dev", device, "--name", "root")
    array = ports(bench, device, "root")
    place = f"/sys/fs/bpf/{device}-callee"
    run("bpftool", "prog", "load", OBJECTS / "verdict-1.o", place, "type", "xdp")
    try:
        run("bpftool", "map", "update", "id", array, "key", *"1000", "value", "pinned", place)
    finally:
        run("rm", place)
    refusal = bench.xdpctl("replace", "root", OBJECTS / "kind-open_array_frags.o", "--dev", device, expect=1)
    assert "map 'programs' of 'kind'" in refusal and "entry 1 cannot be copied" in refusal, refusal
    assert "--fresh-maps" in refusal, refusal
    bench.xdpctl("replace", "root", OBJECTS / "kind-open_array_frags.o", "--dev", device, "--fresh-maps")
    bench.send(device, 2, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 2


def test_a_map_that_is_pinned_by_name_is_for_one_kind_of_program(bench):
    """The command that the refusal proposes is run as it is, in the mount namespace of the test."""
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    device, other = bench.device(), bench.device()
    place = "/sys/fs/bpf/xdpd_test_ports"
    try:
        bench.attach("kind-redirect_pinned", "--dev", device, "--name", "router")
        bench.attach("kind-redirect_pinned", "--dev", device, "--name", "second")
        assert ports(bench, device, "second") == ports(bench, device)
        before = ports(bench, device)
        bench.xdpctl("detach", "second", "--dev", device)  # with it the chain would not be for such packets
        said = bench.xdpctl("replace", "router", OBJECTS / "kind-redirect_pinned_frags.o", "--dev", device,
                            "--allow-map-change", expect=1)
        assert f"the map pinned at {place} decided which others the kernel lets use it" in said, said
        assert "xdp.frags" in said and len(said.splitlines()) == 1, said
        advice = said.split("'rm ")[1].split("'")[0]
        run("rm", advice)
        bench.xdpctl("replace", "router", OBJECTS / "kind-redirect_pinned_frags.o", "--dev", device)
        assert ports(bench, device) != before and os.path.exists(place)
        bench.send(device, 3, 1)
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3
        said = bench.attach("kind-redirect_pinned", "--dev", other, "--name", "router", expect=1)
        assert f"'rm {place}'" in said, said
    finally:
        run("rm", "-f", place)
