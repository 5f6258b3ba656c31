# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A component is upgraded, moved and set while packets run through it."""
import time

from harness import OBJECTS, SCALE


def replace(bench, name, kind, *arguments, **more):
    return bench.xdpctl("replace", name, OBJECTS / f"{kind}.o", *arguments, **more)


def counted(bench, device):
    """The number of packets that the component has counted in its map."""
    return bench.map_value(bench.chain(device)[0], "an_array")


def test_maps_counters_and_place_are_kept(bench):
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "last", "--prio", 90)
    bench.attach("kind-maps", "--dev", device, "--name", "fw", "--prio", 7, "--proceed-on",
                 "pass,tx")
    bench.send(device, 3, 2, 2)
    before = bench.chain(device)[0]
    replace(bench, "fw", "kind-maps_next", "--dev", device)
    after = bench.chain(device)[0]
    assert after["prog_id"] != before["prog_id"] and after["object"] != before["object"]
    for member in ("name", "priority", "proceed_on", "counters"):
        assert after[member] == before[member], (before, after)
    ids = {entry["name"]: entry["id"] for entry in before["maps"]}
    for entry in after["maps"]:
        assert (entry["name"] in ids) == (entry["name"] != "a_new_map")
        assert entry["id"] == ids.get(entry["name"], entry["id"])
    bench.send(device, 2, 1)
    assert counted(bench, device) == 5
    counters = bench.chain(device)[0]["counters"]
    assert (counters["run"], counters["terminate"]["drop"]) == (5, 2)


def test_fresh_maps_start_empty(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.send(device, 3, 2)
    replace(bench, "fw", "kind-maps_next", "--dev", device, "--fresh-maps")
    assert counted(bench, device) == 0


def test_a_changed_map_definition_is_refused(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    before = bench.status()
    sentence = replace(bench, "fw", "kind-maps_larger", "--dev", device, expect=1)
    for word in ("an_array", "max_entries", "4", "8", "--allow-map-change"):
        assert word in sentence, sentence
    assert bench.status() == before
    old = {entry["name"]: entry["id"] for entry in bench.chain(device)[0]["maps"]}
    replace(bench, "fw", "kind-maps_larger", "--dev", device, "--allow-map-change")
    new = {entry["name"]: entry["id"] for entry in bench.chain(device)[0]["maps"]}
    assert new["an_array"] != old["an_array"] and new["a_hash"] == old["a_hash"]


def test_refusals_change_nothing(bench):
    device = bench.device()
    other = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw")
    before = bench.status()
    assert "'nosuch'" in replace(bench, "nosuch", "verdict-1", "--dev", device, expect=1)
    replace(bench, "fw", "verdict-1", "--dev", device, "--dev", other, expect=1)
    replace(bench, "fw", "bad-verifier", "--dev", device, expect=1)
    replace(bench, "fw", "verdict-1", "--dev", device, "--expect-generation", 99, expect=1)
    bench.xdpctl("move", "nosuch", "--dev", device, "--prio", 1, expect=1)
    bench.xdpctl("move", "fw", "--dev", device, "--before", "nosuch", expect=1)
    bench.xdpctl("set", "nosuch", "--dev", device, "--proceed-on", "pass", expect=1)
    bench.xdpctl("move", "fw", "--dev", device, expect=2)
    bench.xdpctl("set", "fw", "--dev", device, expect=2)
    bench.xdpctl("replace", "fw", "--dev", device, expect=2)
    assert bench.status() == before


def test_one_object_replaces_on_many_devices_and_is_loaded_once(bench):
    devices = [bench.device() for _ in range(3)]
    several = [word for device in devices for word in ("--dev", device)]
    bench.attach("kind-maps", *several, "--name", "fw")
    replace(bench, "fw", "kind-maps_next", *several)
    assert len({bench.chain(device)[0]["prog_id"] for device in devices}) == 1


def test_move_and_set_keep_the_program_and_its_counters(bench):
    device = bench.device()
    for number, name in enumerate(("a", "b", "c")):
        bench.attach(f"verdict-{number}", "--dev", device, "--name", name)
    bench.send(device, 4, 2, 2, 2)
    before = {component["name"]: component for component in bench.chain(device)}
    bench.xdpctl("move", "c", "--dev", device, "--prio", 10)
    assert bench.names(device) == ["c", "a", "b"]
    bench.xdpctl("move", "a", "--dev", device, "--after", "b")
    assert bench.names(device) == ["c", "b", "a"]
    bench.xdpctl("set", "b", "--dev", device, "--proceed-on", "drop")
    after = {component["name"]: component for component in bench.chain(device)}
    for name in before:
        assert after[name]["prog_id"] == before[name]["prog_id"]
        assert after[name]["counters"] == before[name]["counters"]
    assert after["b"]["proceed_on"] == ["drop"] and after["c"]["priority"] == 10
    bench.send(device, 2, 2, 2, 2)
    chain = bench.chain(device)
    assert [c["counters"]["run"] for c in chain] == [6, 6, 4], chain


def test_an_upgrade_under_traffic_loses_no_packet_and_no_count(bench):
    device = bench.device()
    count = int(20000 * SCALE) + 2000
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count, 2)
    upgrades = 0
    while sender.poll() is None or upgrades < 3:
        replace(bench, "fw", ("kind-maps_next", "kind-maps")[upgrades % 2], "--dev", device)
        upgrades += 1
        time.sleep(0.05)
    assert receiver.result() == count
    assert counted(bench, device) == count
    assert bench.chain(device)[0]["counters"]["run"] == count
