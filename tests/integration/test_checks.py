# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A wanted chain that does not run is reported by status --check, in the log and in the status of the unit."""
import json
import os

from harness import OBJECTS, run, wait_for


def check(bench, *arguments):
    """The exit status and the output lines of status --check."""
    done = bench.try_xdpctl("status", "--check", *arguments)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def logged(bench, text):
    return bench.daemons[0].log.read_text().count(text)


def test_all_is_well(bench):
    device = bench.device()
    bench.daemon()
    assert check(bench) == (0, [])
    bench.attach("verdict-2", "--dev", device)
    assert check(bench) == (0, []) == check(bench, "--dev", device)
    status, _ = check(bench, "--json")
    assert status == 0


def test_an_absent_device_is_reported(bench):
    device, other = bench.device(), bench.device()
    bench.attach("verdict-2", "--dev", device, "--dev", other)
    bench.delete(device)
    assert wait_for(lambda: check(bench) == (1, [f"{device}: absent"])), check(bench)
    assert check(bench, "--dev", other) == (0, [])
    sentence = f"the chain of {device} does not run: the device does not exist"
    assert wait_for(lambda: logged(bench, sentence) == 1)
    bench.daemons[0].stop()
    bench.daemons[0].start()
    assert logged(bench, sentence) == 2
    bench.device(name=device)
    assert wait_for(lambda: check(bench) == (0, []))
    bench.delete(device)
    assert wait_for(lambda: logged(bench, sentence) == 3)


def test_a_device_with_a_foreign_program_is_reported_once_and_tried_again(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device)
    daemon = bench.daemons[0]
    daemon.stop()
    daemon.forget_the_kernel()
    run("ip", "link", "set", "dev", device, "xdp", "obj", OBJECTS / "verdict-2.o", "sec", "xdp")
    daemon.start()
    status, (line,) = check(bench)
    assert status == 1 and line.startswith(f"{device}: failed: {device} already runs"), line
    assert f"'xdpctl adopt --dev {device}'" in line
    for _ in range(3):  # each of these is an announcement, after which xdpd retries
        run("ip", "link", "set", device, "alias", os.urandom(4).hex())
        bench.call("Verify")
    assert logged(bench, f"the chain of {device} does not run: {device} already runs") == 1
    run("ip", "link", "set", "dev", device, "xdp", "off")
    assert wait_for(lambda: check(bench) == (0, []))


def test_a_device_that_failed_and_is_deleted_is_absent(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--mode", "native")
    bench.delete(device)
    run("ip", "link", "add", device, "type", "bridge")  # without native XDP
    assert wait_for(lambda: check(bench)[1] and "failed" in check(bench)[1][0]), check(bench)
    run("ip", "link", "del", device)
    assert wait_for(lambda: check(bench) == (1, [f"{device}: absent"])), check(bench)


def test_a_component_that_is_not_loaded_is_reported(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "good")
    bench.attach("verdict-1", "--dev", device, "--name", "bad")
    daemon = bench.daemons[0]
    (digest,) = [component["object"].split(":")[1] for component in bench.chain(device)
                 if component["name"] == "bad"]
    daemon.stop()
    daemon.forget_the_kernel()
    (daemon.directory / "state/objects" / digest).unlink()
    daemon.start()
    status, (line,) = check(bench)
    assert status == 1 and line.startswith(f"{device}: 'bad' does not run: "), line
    assert logged(bench, f"'bad' does not run on {device}: ") == 1
    document = json.loads(bench.try_xdpctl("status", "--check", "--json").stdout)
    assert document["devices"][0]["state"] == "attached"
    assert bench.try_xdpctl("verify").returncode == 1


def test_a_chain_of_another_namespace_is_reported_with_it(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--netns", bench.peer)
    bench.delete(device)
    assert wait_for(lambda: check(bench) == (1, [f"{device} in /run/netns/{bench.peer}: absent"]))
