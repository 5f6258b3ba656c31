# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Maps are pinned at predictable paths, and shown with their holders."""
import json
from pathlib import Path

from harness import OBJECTS, run


def maps(bench, *arguments):
    return json.loads(bench.xdpctl("maps", *arguments, "--json"))["maps"]


def pinned(bench):
    """Paths below the directory of the maps, with the ids of the maps there."""
    top = bench.daemons[0].bpffs / "maps"
    found = {}
    for path in sorted(path for path in top.rglob("*") if not path.is_dir()):
        shown = json.loads(run("bpftool", "-j", "map", "show", "pinned", path).stdout)
        found[str(path.relative_to(top))] = shown["id"]
    return found


def expected(bench, *names):
    """The same from status; the names are those of directories, in the order of devices."""
    found = {}
    for device, name in zip(bench.status(), names):
        for component in device["components"]:
            for entry in component.get("maps", []):
                quoted = entry["name"].replace(".", "%2e")
                found[f"{name}/{component['name']}/{quoted}"] = entry["id"]
    return dict(sorted(found.items()))


def test_maps_are_pinned_by_device_component_and_name(bench):
    first, second = bench.device(), bench.device(name="a.vlan")
    bench.attach("kind-maps", "--dev", first, "--dev", second, "--name", "fw")
    bench.attach("kind-global_data", "--dev", first, "--name", "data")
    bench.attach("kind-plain", "--dev", first, "--name", "none")
    found = pinned(bench)
    assert found == expected(bench, first, "a%2evlan") and len(found) > 8, found
    assert found[f"{first}/fw/an_array"] == found["a%2evlan/fw/an_array"]
    bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", first, "--fresh-maps")
    assert pinned(bench) == expected(bench, first, "a%2evlan")
    assert f"{first}/fw/a_new_map" in pinned(bench)
    bench.xdpctl("move", "fw", "--dev", first, "--prio", 1)
    bench.xdpctl("detach", "data", "--dev", first)
    assert pinned(bench) == expected(bench, first, "a%2evlan")
    bench.xdpctl("detach", "--all", "--dev", first)
    assert set(pinned(bench)) == set(expected(bench, first, "a%2evlan"))
    bench.xdpctl("release", "--dev", second)
    assert not list((bench.daemons[0].bpffs / "maps").iterdir())


def test_maps_of_a_policy_are_pinned_next_to_those_of_its_components(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.xdpctl("policy", "set", OBJECTS / "policy-counted.o", "--dev", device)
    bench.attach("kind-maps", "--dev", device, "--slot", "xdp_firewall_placeholder", "--name",
                 "policy")  # which is also the name of the policy's directory
    bench.send(device, 3, 2)
    name = f"{device}/@policy/arrived"
    assert set(pinned(bench)) == set(expected(bench, device)) | {name}
    counted = json.loads(run("bpftool", "-j", "map", "lookup", "pinned", daemon.bpffs / "maps" / name,
                             "key", "0", "0", "0", "0").stdout)
    assert int(counted["value"][0], 16) == 3, counted
    (found,) = [entry for entry in maps(bench) if entry["holders"][0].get("policy")]
    assert found["id"] == pinned(bench)[name] and found["holders"][0]["pin"].endswith(name), found
    (daemon.bpffs / "maps" / name).unlink()
    assert name in bench.try_xdpctl("verify").stdout
    bench.xdpctl("verify", "--repair")
    assert pinned(bench)[name] == found["id"]
    daemon.kill()
    daemon.start()
    assert pinned(bench)[name] == found["id"]
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert pinned(bench)[name] != found["id"]
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    assert pinned(bench) == expected(bench, device)
    bench.xdpctl("policy", "set", OBJECTS / "policy-counted.o", "--dev", device)
    assert name in pinned(bench)
    bench.xdpctl("policy", "clear", "--dev", device, "--park")
    assert name not in pinned(bench)


def test_pins_follow_a_renamed_device(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.rename(bench.netns, device, "renamed")
    assert bench.names("renamed") == ["fw"]
    assert pinned(bench) == expected(bench, "renamed")


def test_pins_are_right_after_restart_and_reboot_and_for_verify(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.attach("kind-maps", "--dev", device, "--name", "user", "--map", "an_array=fw:an_array")
    daemon = bench.daemons[0]
    top = daemon.bpffs / "maps"
    run("rm", "-r", top / device / "fw")
    (top / "gone").mkdir()
    (top / "gone/fw").mkdir()
    run("bpftool", "map", "pin", "id", maps(bench)[0]["id"], top / "gone/fw/stray")
    run("bpftool", "map", "pin", "id", maps(bench)[0]["id"], top / device / "user/stray")
    assert "a map is not pinned" in bench.try_xdpctl("verify").stdout
    bench.xdpctl("verify", "--repair")
    assert "everything" in bench.xdpctl("verify")
    run("rm", "-r", top / device / "fw")
    for again in (daemon.kill, daemon.stop):
        again()
        if again == daemon.stop:
            daemon.forget_the_kernel()
        daemon.start()
        assert pinned(bench) == expected(bench, device)
        assert "everything" in bench.xdpctl("verify")


def test_each_namespace_has_its_own_directory(bench):
    device = bench.device()
    bench.daemon()
    bench.attach("kind-maps", "--dev", device, "--name", "fw", "--netns", bench.peer)
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    assert set(pinned(bench)) == set(expected(bench, device, f"@{bench.peer}/{device}"))
    assert any(path.startswith("@") for path in pinned(bench))
    bench.xdpctl("release", "--dev", device, "--netns", bench.peer)
    assert not any(path.startswith("@") for path in pinned(bench))


def test_a_replacement_map_keeps_owner_and_mode(bench):
    daemon = bench.daemon()
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    path = daemon.bpffs / "maps" / device / "fw/an_array"

    def access():
        status = path.stat()
        return status.st_uid, status.st_gid, status.st_mode & 0o777

    assert access() == (0, 0, 0o600)
    assert (daemon.bpffs / "maps").stat().st_mode & 0o777 == 0o711
    run("chown", "1234:5678", path)
    run("chmod", "640", path)
    before = pinned(bench)
    bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device, "--fresh-maps")
    assert access() == (1234, 5678, 0o640)
    daemon.kill()
    daemon.start()
    assert access() == (1234, 5678, 0o640)
    assert pinned(bench)[f"{device}/fw/an_array"] != before[f"{device}/fw/an_array"]
    bench.xdpctl("detach", "fw", "--dev", device)
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    assert access() == (0, 0, 0o600), "another component of that name is another one"


def test_odd_names_of_older_records_are_quoted(bench):
    """Earlier versions accepted such names."""
    device = bench.device()
    daemon = bench.daemon()
    bench.attach("kind-maps", "--dev", device, "--name", "odd")
    bench.attach("verdict-1", "--dev", device, "--name", "other")
    bench.quiet()
    daemon.stop()
    (record,) = daemon.records()
    name = "../../a b%.c"
    record.write_text(record.read_text().replace('"odd"', json.dumps(name)))
    daemon.start()
    assert bench.names(device) == [name, "other"]
    assert f"{device}/%2e%2e%2f%2e%2e%2fa%20b%25%2ec/an_array" in pinned(bench)
    bench.xdpctl("set", name, "--dev", device, "--proceed-on", "pass,tx")
    chains = bench.directory / "chains.json"
    chains.write_text(bench.xdpctl("export"))
    assert "nothing to do" in bench.xdpctl("plan", chains)
    bench.xdpctl("replace", name, OBJECTS / "kind-maps.o", "--dev", device)
    bench.xdpctl("detach", name, "--dev", device)
    assert "cannot be the name" in bench.attach("kind-maps", "--dev", device, "--name", name,
                                                expect=1)
    bench.xdpctl("detach", "--all", "--dev", device)
    assert not pinned(bench)


def test_each_map_is_listed_once_with_all_its_holders(bench):
    devices = [bench.device() for _ in range(2)]
    for device in devices:
        bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.attach("kind-twins", "--dev", devices[0], "--name", "user", "--map",
                 "first=fw:an_array")
    shared = next(m for m in maps(bench) if len(m["holders"]) == 3)
    assert (shared["type"], shared["key_size"], shared["value_size"], shared["max_entries"]) == \
        ("array", 4, 8, 4) and shared["memory"] > 0, shared
    assert {(h["ifname"], h["component"], h["name"]) for h in shared["holders"]} == \
        {(devices[0], "fw", "an_array"), (devices[1], "fw", "an_array"),
         (devices[0], "user", "first")}
    for holder in shared["holders"]:
        assert Path(holder["pin"]).exists()
    ids = [m["id"] for m in maps(bench)]
    assert len(ids) == len(set(ids))
    assert {h["component"] for m in maps(bench, "user") for h in m["holders"]} == {"user"}
    assert {h["ifname"] for m in maps(bench, "--dev", devices[1]) for h in m["holders"]} == \
        {devices[1]}
    text = bench.xdpctl("maps", "user")
    assert "array" in text and f"{devices[0]}/user" in text and shared["holders"][0]["pin"] not in \
        bench.xdpctl("maps", "--dev", "nosuch", expect=1)
    assert "'nosuch'" in bench.xdpctl("maps", "nosuch", expect=1)
