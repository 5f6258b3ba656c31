# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""verify compares xdpd's state with the kernel, the pins and the disk."""
import json

from harness import OBJECTS, Client, Daemon, run, wait_for
from kernel_objects import run_newest_rootlet
from test_hostile_clients import hung_worker


def begin(bench):
    device, other = bench.device(), bench.device()
    bench.attach("kind-maps", "--dev", device, "--dev", other, "--name", "a")
    bench.attach("verdict-1", "--dev", device, "--name", "b")
    bench.quiet()
    generations = bench.daemons[0].bpffs / "generations"
    assert wait_for(lambda: len(list(generations.iterdir())) == 2), "the old one does not retire"
    return device


def findings(bench, *arguments, expect=0):
    done = bench.try_xdpctl("verify", "--json", *arguments)
    assert done.returncode == expect, done
    return json.loads(done.stdout)["findings"]


def check(bench, text, mended=True):
    """The difference is found and reported, and repaired with --repair."""
    found = findings(bench, expect=1)
    assert any(text in finding["difference"] for finding in found), found
    assert not any(finding["mended"] for finding in found)
    assert text in bench.try_xdpctl("verify").stdout
    found = findings(bench, "--repair", expect=0 if mended else 1)
    assert all(finding["mended"] == mended for finding in found), found
    if mended:
        assert findings(bench) == []


def test_verify_finds_no_difference_in_a_correct_state(bench):
    device = begin(bench)
    assert findings(bench) == [] and "as it should be" in bench.xdpctl("verify")
    for end in (bench.daemons[0].stop, bench.daemons[0].kill):
        end()
        bench.daemons[0].start()
        assert findings(bench) == []
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    assert findings(bench) == []


def test_removed_pins_are_found_and_restored(bench):
    begin(bench)
    place = bench.daemons[0].bpffs
    for pattern in ("devices/*/link", "generations/*/counters", "generations/*/rootlet",
                    "components/*/program", "components/*/map-an_array", "generations/*/slot-*"):
        paths = sorted(place.glob(pattern))
        if paths:
            paths[0].unlink()
            check(bench, f"'{paths[0].name}'")
    sorted(place.glob("generations/*/note"))[0].unlink()
    check(bench, "copy of its record")
    run("find", place, "-mindepth", 2, "-delete")
    check(bench, "is missing, or holds something else")
    bench.daemons[0].kill()
    bench.daemons[0].start()
    assert findings(bench) == []
    assert {device["state"] for device in bench.status()} == {"attached"}


def programs(bench):
    return [(device["rootlet"], [entry["prog_id"] for entry in device["components"]])
            for device in bench.status()]


def test_directories_that_were_removed_are_created_again(bench):
    device = begin(bench)
    daemon, before = bench.daemons[0], programs(bench)
    for lost in (daemon.bpffs, daemon.bpffs / "maps", daemon.bpffs / "generations"):
        run("rm", "-rf", lost)
        assert not lost.exists()
        check(bench, daemon.bpffs.name)
        assert lost.stat().st_mode & 0o777 in (0o711, 0o700) and programs(bench) == before
        daemon.kill()
        daemon.start()
        assert programs(bench) == before and findings(bench) == []
    run("rm", "-rf", daemon.bpffs)
    assert "xdpctl verify --repair" in bench.attach("verdict-1", "--dev", device, "--name", "more",
                                                    expect=1)
    bench.xdpctl("verify", "--repair")
    bench.attach("verdict-1", "--dev", device, "--name", "more")


def test_directories_that_another_daemon_has_meanwhile_are_left_to_it(bench):
    begin(bench)
    daemon = bench.daemons[0]
    run("rm", "-rf", daemon.bpffs)
    other = Daemon(bench, "other")
    other.command[other.command.index(other.bpffs)] = daemon.bpffs
    other.bpffs = daemon.bpffs
    bench.daemons.append(other)
    other.start()
    found = findings(bench, "--repair", expect=1)
    assert "another xdpd (pid" in found[0]["difference"] and not found[0]["mended"], found
    other.stop()
    assert all(finding["mended"] for finding in findings(bench, "--repair")), found
    assert findings(bench) == []


def test_a_state_directory_that_was_removed_is_said(bench):
    begin(bench)
    daemon, before = bench.daemons[0], programs(bench)
    for lost in ("state", "state/devices", "state/objects"):
        run("rm", "-rf", daemon.directory / lost)
        found = findings(bench, "--repair", expect=1)
        assert any("state directory" in finding["difference"] for finding in found), found
        assert programs(bench) == before
        daemon.stop()
        daemon.start()
        assert programs(bench) == before
        found = json.loads(bench.try_xdpctl("verify", "--json").stdout)["findings"]
        assert not any("state directory" in finding["difference"] for finding in found), found
        supply_objects(bench)
        assert findings(bench) == []
        before = programs(bench)


def supply_objects(bench):
    """Supplies the objects of all attached components with a chain file."""
    chains = json.loads(bench.xdpctl("export"))
    for entry in (entry for chain in chains["devices"] for entry in chain["components"]):
        entry["object"] = str(OBJECTS / {"a": "kind-maps.o", "b": "verdict-1.o"}[entry["name"]])
    path = bench.directory / "chains.json"
    path.write_text(json.dumps(chains))
    bench.xdpctl("apply", path)
    bench.quiet()


def test_unneeded_pins_are_found_and_removed(bench):
    begin(bench)
    stray = bench.daemons[0].bpffs / "generations/77-1-fused"
    stray.mkdir()
    check(bench, "77-1-fused")
    assert not stray.exists()


def test_records_and_objects_are_compared(bench):
    device = begin(bench)
    daemon = bench.daemons[0]
    record = daemon.records()[0]
    record.write_text(record.read_text().replace('"a"', '"z"'))
    check(bench, "record")
    record.unlink()
    check(bench, "record")
    daemon.objects()[0].write_bytes(b"not what it was")
    check(bench, "sha256", mended=False)
    daemon.objects()[0].unlink()
    check(bench, "no longer in the object store", mended=False)
    for name, kind in (("a", "kind-maps"), ("b", "verdict-1")):
        bench.xdpctl("replace", name, OBJECTS / f"{kind}.o", "--dev", device)
    bench.xdpctl("replace", "a", OBJECTS / "kind-maps.o", "--dev", "v1")
    assert findings(bench) == []


def test_a_link_that_runs_something_else_is_found_and_repaired(bench):
    device = begin(bench)
    run_newest_rootlet(bench.daemons[0].bpffs)
    check(bench, "runs program")
    assert bench.names(device) == ["a", "b"]


def test_a_name_that_is_not_the_kernels_is_found(bench):
    """The device is renamed after verify was requested, so xdpd handles the rename after it."""
    device = bench.device()
    bench.attach("verdict-1", "--dev", device)
    bench.quiet()
    with Client(bench.daemons[0].socket) as client:
        with hung_worker(bench.daemons[0]):
            client.send("Verify")
            bench.call("Status")  # the daemon has read the earlier request as well
            bench.rename(bench.netns, device, "other0")
        found = client.receive()["parameters"]["findings"]
    assert [(finding["ifname"], finding["difference"]) for finding in found] == \
        [(device, f"the kernel calls the device 'other0', but its record says '{device}'")], found
    assert wait_for(lambda: [shown["ifname"] for shown in bench.status()] == ["other0"]), bench.status()
    assert findings(bench) == []


def test_a_device_that_is_absent_after_a_reboot_is_no_difference(bench):
    device, gone = begin(bench), bench.device()
    bench.attach("verdict-1", "--dev", gone)
    bench.daemons[0].stop()
    bench.delete(gone)
    bench.daemons[0].forget_the_kernel()
    bench.daemons[0].start()
    assert wait_for(lambda: {d["ifname"]: d["state"] for d in bench.status()}[device] == "attached"), bench.status()
    assert {d["ifname"]: d["state"] for d in bench.status()}[gone] == "absent"
    assert findings(bench) == []
    bench.device(name=gone)
    assert wait_for(lambda: {d["state"] for d in bench.status()} == {"attached"}), bench.status()
    assert findings(bench) == []
