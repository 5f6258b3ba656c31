# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""suspend lets packets bypass a chain that stays loaded; resume is one swap back."""
import json

from harness import OBJECTS, wait_for


def status_of(bench, device):
    (found,) = [entry for entry in bench.status() if entry["ifname"] == device]
    return found


def passes(bench, device):
    """Do frames reach the network stack? The chain drops all of them."""
    return bench.arrive(device, 3, 1) == 3


def begin(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw", "--proceed-on", "none")
    bench.quiet()
    assert not passes(bench, device)
    return device


def test_a_suspended_device_passes_packets_and_keeps_all_loaded(bench):
    device = begin(bench)
    before = status_of(bench, device)
    assert "suspended" in bench.xdpctl("suspend", "--dev", device)
    suspended = status_of(bench, device)
    assert suspended["suspended"] and suspended["generation"] == before["generation"] + 1
    assert passes(bench, device)
    kept, = suspended["components"]
    assert [kept[name] for name in ("prog_id", "maps")] == \
        [before["components"][0][name] for name in ("prog_id", "maps")]
    assert f"suspended: packets bypass the chain; 'xdpctl resume --dev {device}'" in bench.xdpctl("status")
    assert bench.try_xdpctl("status", "--check").returncode == 1
    assert bench.xdpctl("verify")
    counted = status_of(bench, device)["components"][0]["counters"]["run"]
    assert counted == before["components"][0]["counters"]["run"], "what bypassed the chain counts"
    bench.xdpctl("resume", "--dev", device)
    after = status_of(bench, device)
    assert "suspended" not in after and not passes(bench, device)
    assert after["components"][0]["prog_id"] == kept["prog_id"]
    assert bench.try_xdpctl("status", "--check").returncode == 0


def test_it_is_still_suspended_after_a_restart_and_a_reboot(bench):
    device = begin(bench)
    bench.xdpctl("suspend", "--dev", device)
    daemon = bench.daemons[0]
    for end in (daemon.stop, daemon.kill):
        before = status_of(bench, device)
        end()
        daemon.start()
        assert status_of(bench, device) == before and passes(bench, device)
        assert bench.xdpctl("verify")
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert status_of(bench, device)["suspended"] and passes(bench, device)
    bench.xdpctl("resume", "--dev", device)
    assert not passes(bench, device)


def test_changes_of_a_suspended_device_run_after_the_resume(bench):
    device = begin(bench)
    bench.xdpctl("suspend", "--dev", device)
    said = bench.attach("verdict-2", "--dev", device, "--name", "more")
    assert f"packets bypass its chain until 'xdpctl resume --dev {device}'" in said, said
    bench.xdpctl("detach", "fw", "--dev", device)
    assert passes(bench, device)
    bench.xdpctl("resume", "--dev", device)
    assert bench.names(device) == ["more"]
    bench.send(device, 3, 1)
    assert wait_for(lambda: status_of(bench, device)["components"][0]["counters"]["run"] > 0)


def test_suspending_twice_changes_nothing(bench):
    device = begin(bench)
    for verb in ("suspend", "resume"):
        bench.xdpctl(verb, "--dev", device)
        generation = status_of(bench, device)["generation"]
        bench.xdpctl(verb, "--dev", device)
        assert status_of(bench, device)["generation"] == generation
    bench.xdpctl("suspend", "--dev", bench.device(), expect=1)
    bench.xdpctl("suspend", expect=2)


def test_a_suspension_can_be_confirmed_or_rolled_back(bench):
    device = begin(bench)
    bench.xdpctl("suspend", "--dev", device, "--confirm", "100")
    assert passes(bench, device)
    bench.xdpctl("revert")
    assert "suspended" not in status_of(bench, device) and not passes(bench, device)
    bench.xdpctl("suspend", "--dev", device)
    bench.xdpctl("resume", "--dev", device, "--confirm", "100")
    bench.daemons[0].kill()
    bench.daemons[0].start()
    bench.xdpctl("revert")
    assert status_of(bench, device)["suspended"] and passes(bench, device)


def test_chain_files_say_nothing_about_it(bench):
    device = begin(bench)
    bench.xdpctl("suspend", "--dev", device)
    exported = json.loads(bench.xdpctl("export"))
    assert "suspended" not in exported["devices"][0]
    path = bench.directory / "chains.json"
    exported["devices"][0]["components"].append({"object": str(OBJECTS / "verdict-2.o"), "name": "more"})
    path.write_text(json.dumps(exported))
    for verb in ("plan", "apply"):
        assert f"{device} is suspended, and stays so" in bench.xdpctl(verb, path)
    assert status_of(bench, device)["suspended"] and bench.names(device) == ["fw", "more"]
    assert passes(bench, device)


def test_a_bound_component_of_a_device_that_reappeared_runs_after_the_resume(bench):
    if bench.kernel_older(6, 3):
        bench.skip("the kernel binds programs to devices from 6.3 on")
    device = bench.device()
    bench.attach("metadata-xdp", "--dev", device, "--devbound", "--name", "meta")
    bench.xdpctl("suspend", "--dev", device)
    bench.delete(device)
    assert wait_for(lambda: status_of(bench, device)["state"] == "absent")
    bench.device(name=device)
    assert wait_for(lambda: status_of(bench, device)["state"] == "attached")
    bench.xdpctl("resume", "--dev", device)
    assert [component["state"] for component in status_of(bench, device)["components"]] == ["running"]


def test_a_suspended_device_can_be_released(bench):
    device = begin(bench)
    bench.xdpctl("suspend", "--dev", device)
    bench.xdpctl("release", "--dev", device)
    assert bench.status() == []
    bench.attach("kind-maps", "--dev", device)
    assert "suspended" not in status_of(bench, device)


def test_who_suspended_it_is_logged(bench):
    device = begin(bench)
    bench.xdpctl("suspend", "--dev", device)
    log = bench.daemons[0].log.read_text()
    assert "Suspend by uid 0" in log and f"{device} generation" in log.split("Suspend by")[1], log
