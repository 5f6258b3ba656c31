# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Records, pins or both are lost, or do not match what runs: docs/operations.md has a row for each test. The tests send
packets that the chain drops, so a device that runs without its chain lets them through."""
import hashlib
import json
import os
import shutil
from pathlib import Path

from harness import BUILD, OBJECTS, PATIENCE, UNIT, run, wait_for
from fake_systemd import Manager


def filtered(bench, daemon=None):
    """A device with a chain that drops what bench.send(device, N, 1) sends."""
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw", "--proceed-on", "none",
                 daemon=daemon)
    return device


def drops(bench, device):
    return bench.arrive(device, 3, 1) == 0


def passes(bench, device):
    return bench.arrive(device, 3, 1) == 3


def running(bench):
    """Everything that must stay the same if nothing is loaded again."""
    return [(device["ifname"], device["generation"], device["rootlet"]["prog_id"],
             [(entry["name"], entry["prog_id"]) for entry in device["components"]])
            for device in bench.status()]


def record(daemon, number):
    return daemon.directory / f"state/devices/{number}.json"


def said(daemon, *words):
    """Exactly one line of the log contains all of these words."""
    lines = [line for line in daemon.log.read_text().splitlines()
             if all(word in line for word in words)]
    assert len(lines) == 1, daemon.log.read_text()
    return lines[0]


def remove_copies(daemon):
    run("find", daemon.bpffs, "-name", "note", "-delete")


def test_a_lost_record_is_restored_from_its_copy(bench):
    device, other = filtered(bench), filtered(bench)
    bench.quiet()
    daemon, before = bench.daemons[0], running(bench)
    text = record(daemon, 1).read_text()
    for end in (daemon.stop, daemon.kill):
        daemon.log.write_text("")
        end()
        record(daemon, 1).unlink()
        assert drops(bench, device)
        daemon.start()
        assert running(bench) == before and drops(bench, device) and drops(bench, other)
        said(daemon, f"{device}: its record is lost", "restored from the copy")
        assert record(daemon, 1).read_text() == text
        bench.xdpctl("verify")


def test_a_device_that_is_gone_is_restored_from_the_copy_of_its_lost_record(bench):
    device = filtered(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    record(daemon, 1).unlink()
    bench.delete(device)
    daemon.start()
    assert [found["state"] for found in bench.status()] == ["absent"]
    said(daemon, f"{device}: its record is lost")
    bench.device(name=device)
    assert bench.status()[0]["state"] == "attached" and drops(bench, device)


def test_an_empty_state_directory_is_filled_again_from_what_runs(bench):
    """Both for a disk that was replaced, and for a directory that was emptied to start from the beginning."""
    devices = [filtered(bench) for _ in range(3)]
    bench.quiet()
    daemon, before = bench.daemons[0], running(bench)
    daemon.stop()
    shutil.rmtree(daemon.directory / "state")
    daemon.start()
    assert running(bench) == before and all(drops(bench, device) for device in devices)
    said(daemon, "3 components cannot be loaded again", "'fw'", "xdpctl replace")
    assert "in the object store" in bench.try_xdpctl("verify").stdout
    for device in devices:
        bench.xdpctl("replace", "fw", OBJECTS / "verdict-0.o", "--dev", device)
    assert wait_for(lambda: "as it should be" in bench.try_xdpctl("verify").stdout)
    new = filtered(bench)
    assert record(daemon, 4).exists() and bench.names(new) == ["fw"]


def test_without_record_and_copy_what_runs_is_kept_until_it_is_released(bench):
    device, other = filtered(bench), filtered(bench)
    daemon = bench.daemons[0]
    lost = record(daemon, 1)
    daemon.stop()
    lost.rename(bench.directory / "backup.json")
    remove_copies(daemon)
    for _ in range(2):
        daemon.start()
        assert drops(bench, device) and drops(bench, other)
        daemon.stop()
    daemon.log.write_text("")
    daemon.start()
    line = said(daemon, f"{device} runs the XDP chain of an earlier xdpd", "unknown")
    assert f"xdpctl release --dev {device}" in line and "devices/1.json" in line
    unknown = bench.status()[1]
    assert (unknown["ifname"], unknown["state"]) == (device, "unknown") and line.endswith(
        unknown["note"]), unknown
    assert json.loads(bench.xdpctl("status", "--dev", device, "--json"))["devices"] == [unknown]
    assert f"{device}: runs an unknown chain" in bench.xdpctl("status")
    for repair in ([], ["--repair"]):
        assert unknown["note"] in bench.try_xdpctl("verify", *repair).stdout
        assert drops(bench, device)
    for words in (["attach", OBJECTS / "verdict-1.o"], ["detach", "fw"], ["adopt"]):
        sentence = bench.xdpctl(*words, "--dev", device, expect=1)
        assert "earlier xdpd" in sentence and drops(bench, device)
    bench.xdpctl("release", "--dev", device)
    assert passes(bench, device) and drops(bench, other)
    assert [path.name for path in daemon.bpffs.glob("devices/*")] == ["2"]
    assert "as it should be" in bench.xdpctl("verify")
    bench.attach("verdict-0", "--dev", device)


def test_without_record_and_copy_a_record_that_is_back_takes_it_over(bench):
    device = filtered(bench)
    bench.quiet()
    daemon, before = bench.daemons[0], running(bench)
    daemon.stop()
    backup = bench.directory / "backup.json"
    record(daemon, 1).rename(backup)
    remove_copies(daemon)
    daemon.start()
    assert drops(bench, device)
    daemon.stop()
    shutil.copy(backup, record(daemon, 1))
    daemon.start()
    assert running(bench) == before and drops(bench, device)
    bench.xdpctl("verify")


def test_an_unknown_chain_in_another_namespace_is_found_and_released(bench):
    daemon = bench.daemon()
    netns = bench.peer
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--netns", netns)
    daemon.stop()
    record(daemon, 1).unlink()
    remove_copies(daemon)
    daemon.start()
    said(daemon, f"{device} runs the XDP chain", f"--netns /run/netns/{netns}")
    (unknown,) = bench.status()
    assert unknown["netns"] == f"/run/netns/{netns}" and unknown["state"] == "unknown"
    assert json.loads(bench.xdpctl("status", "--dev", device, "--netns", netns,
                                   "--json"))["devices"] == [unknown]
    bench.attach("verdict-0", "--dev", device)  # a device with the same name, but perhaps another ifindex
    assert "earlier xdpd" in bench.attach("verdict-1", "--dev", device, "--netns", netns, expect=1)
    bench.xdpctl("release", "--dev", device, "--netns", netns)
    bench.attach("verdict-0", "--dev", device, "--netns", netns)
    assert len(bench.status()) == 2


def test_a_damaged_record_without_a_copy_is_no_reason_to_stop_the_chain(bench):
    device = filtered(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    record(daemon, 1).write_text("{")
    remove_copies(daemon)
    daemon.start()
    assert drops(bench, device)
    said(daemon, f"{device} runs the XDP chain of an earlier xdpd")


def older_records(bench, device):
    """Several records of one device, each with a longer chain."""
    daemon = bench.daemons[0]
    texts = [record(daemon, 1).read_text()]
    for number in range(2):
        bench.attach("verdict-0", "--dev", device, "--name", f"more{number}", "--prio", "10")
        texts.append(record(daemon, 1).read_text())
    bench.quiet()
    bench.xdpctl("verify")  # after the work that is left when the last change was answered
    return texts


def test_a_record_that_is_older_than_what_runs_is_set_aside(bench):
    """The state directory was restored from a backup."""
    device = filtered(bench)
    daemon = bench.daemons[0]
    older, old, _ = older_records(bench, device)
    assert wait_for(lambda: len(list(daemon.bpffs.glob("generations/*"))) == 1), "all is saved then"
    before, newest = running(bench), record(daemon, 1).read_text()
    for number, text in enumerate((older, old, older.replace('"boot":"', '"boot":"x'))):
        daemon.log.write_text("")
        daemon.kill()
        record(daemon, 1).write_text(text)
        daemon.start()
        assert running(bench) == before and drops(bench, device)
        said(daemon, "'devices/1.json'", f"is not of the chain that {device} runs", "damaged")
        assert record(daemon, 1).read_text() == newest
        assert (daemon.directory / f"state/damaged/1.json.{number}").read_text() == text


def test_an_older_record_without_a_copy_becomes_the_chain_in_one_step(bench):
    """The record is all that is known then, and it does belong to the device."""
    device = filtered(bench)
    daemon = bench.daemons[0]
    older = older_records(bench, device)[0]
    for text in (older, older.replace('"boot":"', '"boot":"x')):
        daemon.stop()
        record(daemon, 1).write_text(text)
        remove_copies(daemon)
        sender = bench.sender(device, 3000, 1)
        receiver = bench.receiver(device, 1)
        daemon.start()
        assert sender.wait(PATIENCE) == 0 and receiver.result() == 0, "packets ran without the chain"
        assert bench.names(device) == ["fw"]
        said(daemon, f"{device}: what it runs is not what its record describes")
        daemon.log.write_text("")
        bench.attach("verdict-0", "--dev", device, "--name", "again", "--prio", "10")


def test_the_record_of_another_device_with_the_same_number_is_set_aside(bench):
    """Device numbers start from 1 when no device is left; then a backup is restored."""
    device, other = bench.device(), bench.device()
    daemon = bench.daemon()
    bench.attach("verdict-1", "--dev", other, "--name", "old")
    for number in range(5):
        bench.attach("verdict-1", "--dev", other, "--name", f"old{number}")
    backup = record(daemon, 1).read_text()
    bench.xdpctl("release", "--dev", other)
    daemon.stop()
    daemon.start()
    bench.attach("verdict-0", "--dev", device, "--name", "fw")
    bench.quiet()
    before = running(bench)
    for has_copy in (True, False):
        daemon.log.write_text("")
        daemon.stop()
        record(daemon, 1).write_text(backup)
        if not has_copy:
            remove_copies(daemon)
        daemon.start()
        assert drops(bench, device), "another device's chain was attached"
        assert not list(daemon.directory.glob("state/devices/1.json")) or has_copy
        if has_copy:
            assert running(bench) == before
            said(daemon, "is not of the chain that")
        else:
            said(daemon, f"{device} runs the XDP chain of an earlier xdpd", f"record is of {other}")


def test_a_lost_record_wins_over_an_old_one_of_the_same_device(bench):
    """The backup has the device under the number that it had before it was released."""
    first, device = filtered(bench), filtered(bench)
    daemon = bench.daemons[0]
    backup = record(daemon, 2).read_text()
    bench.xdpctl("release", "--dev", device)
    bench.attach("verdict-0", "--dev", device, "--name", "new")
    daemon.stop()
    record(daemon, 2).write_text(backup)
    record(daemon, 3).unlink()
    daemon.start()
    assert bench.names(device) == ["new"] and bench.names(first) == ["fw"]
    said(daemon, f"{device}: its record is lost")
    said(daemon, "'devices/2.json'", "of this device, too")
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert bench.names(device) == ["new"]


def test_lost_pins_are_said_and_the_chain_is_attached_again(bench):
    device = filtered(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    daemon.remove_pins()
    assert passes(bench, device)
    daemon.start()
    said(daemon, f"{device}: no XDP link of it is pinned")
    assert drops(bench, device) and bench.names(device) == ["fw"]


def test_lost_generations_are_built_again_while_the_old_ones_run(bench):
    device = filtered(bench)
    daemon = bench.daemons[0]
    for lost in ("generations", "components"):
        daemon.stop()
        run("find", daemon.bpffs / lost, "-mindepth", 1, "-delete")
        sender = bench.sender(device, 3000, 1)
        receiver = bench.receiver(device, 1)
        daemon.start()
        assert sender.wait(PATIENCE) == 0 and receiver.result() == 0, "packets ran without the chain"
        assert bench.names(device) == ["fw"] and bench.status()[0]["state"] == "attached"
        assert wait_for(lambda: "as it should be" in bench.try_xdpctl("verify").stdout)


def test_a_lost_copy_is_written_again(bench):
    filtered(bench)
    daemon = bench.daemons[0]
    bench.quiet()
    before = running(bench)
    daemon.stop()
    remove_copies(daemon)
    daemon.start()
    assert running(bench) == before and "as it should be" in bench.xdpctl("verify")


def test_without_record_and_link_nothing_is_left_to_know(bench):
    daemon = bench.daemon()
    for lost in ("devices", ""):
        device = filtered(bench)
        (only,) = daemon.records()
        daemon.stop()
        only.unlink()
        run("find", daemon.bpffs / lost, "-mindepth", 1, "-delete")
        daemon.start()
        assert bench.status() == [] and passes(bench, device)
        assert not list(daemon.bpffs.glob("*/*"))
        bench.attach("verdict-0", "--dev", device)
        bench.xdpctl("release", "--dev", device)


def test_records_and_pins_are_lost_and_systemd_holds_all(bench):
    if UNIT:
        bench.skip("the sandbox does not see the descriptors of others")
    manager = Manager(bench.directory)
    manager.provide()
    daemon = bench.daemon("managed", wrapper=manager.environment)
    try:
        device = filtered(bench)
        bench.quiet()
        before = running(bench)
        manager.listen()
        daemon.remove_pins()
        daemon.kill()
        record(daemon, 1).unlink()
        assert drops(bench, device)
        daemon.start()
        assert running(bench) == before and drops(bench, device)
        said(daemon, f"{device}: its record is lost")
        bench.xdpctl("verify")
    finally:
        daemon.stop()
        manager.close()


def test_an_unknown_chain_is_held_by_systemd_until_it_is_released(bench):
    if UNIT:
        bench.skip("the sandbox does not see the descriptors of others")
    manager = Manager(bench.directory)
    manager.provide()
    daemon = bench.daemon("managed", wrapper=manager.environment)
    try:
        device = filtered(bench)
        bench.quiet()
        manager.listen()
        root = Path(f"/proc/{os.getpid()}/fd/{manager.held['bpffs']}")
        daemon.kill()
        record(daemon, 1).write_text("{")
        for place in (daemon.bpffs, root):
            run("find", f"{place}/", "-name", "*note", "-delete")
        for _ in range(2):
            daemon.start()
            assert [found["state"] for found in bench.status()] == ["unknown"]
            daemon.remove_pins()
            daemon.kill()
            assert drops(bench, device)
        daemon.start()
        bench.xdpctl("release", "--dev", device)
        assert passes(bench, device) and not list(root.glob("*/*"))
    finally:
        daemon.stop()
        manager.close()


def test_objects_are_kept_while_records_are_missing(bench):
    device = filtered(bench)
    daemon = bench.daemons[0]
    bench.attach("verdict-1", "--dev", device, "--name", "b")
    absent = bench.device()
    bench.attach("kind-maps", "--dev", absent)
    bench.delete(absent)
    assert wait_for(lambda: {found["state"] for found in bench.status()} == {"absent", "attached"})
    daemon.stop()
    kept = {path.name: path.read_text() for path in daemon.records()}
    shutil.rmtree(daemon.directory / "state/devices")
    daemon.start()
    assert len(daemon.objects()) == 3
    daemon.stop()
    for name, text in kept.items():
        (daemon.directory / "state/devices" / name).write_text(text)
    daemon.start()
    bench.device(name=absent)
    assert len(bench.status()) == 2 and bench.names(absent) == ["kind"]


def test_a_released_device_does_not_come_back(bench):
    """Its record was removed on purpose, but its pins still exist when the daemon is killed."""
    if b"XDPD_CRASH_POINT" not in (BUILD / "daemon/xdpd").read_bytes():
        bench.skip("the daemon was built without crash points")
    device = filtered(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    daemon.start(XDPD_CRASH_POINT="record-remove:1")
    bench.try_xdpctl("release", "--dev", device)
    assert daemon.process.wait(PATIENCE) and not record(daemon, 1).exists() and drops(bench, device)
    daemon.start()
    assert bench.status() == [] and passes(bench, device)
    assert not list(daemon.bpffs.glob("*/*"))


def test_lost_objects_can_be_copied_into_the_store(bench):
    device = filtered(bench)
    bench.attach("kind-maps", "--dev", device, "--name", "maps")
    daemon = bench.daemons[0]
    daemon.stop()
    shutil.rmtree(daemon.directory / "state")
    daemon.start()
    for kind in ("verdict-0", "kind-maps"):
        whole = (OBJECTS / f"{kind}.o").read_bytes()
        stored = daemon.directory / "state/objects" / hashlib.sha256(whole).hexdigest()
        stored.write_bytes(whole)
    bench.xdpctl("verify")
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert bench.names(device) == ["fw", "maps"] and drops(bench, device)
