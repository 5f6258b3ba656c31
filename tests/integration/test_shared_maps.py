# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Components share maps with each other and from pins, whichever component created or leaves them."""
from harness import OBJECTS, SCALE, run, wait_for

SHARE = "an_array=fw:an_array"


def component(bench, device, name):
    return next(c for c in bench.chain(device) if c["name"] == name)


def map_id(bench, device, name, map_name="an_array"):
    return next(m["id"] for m in component(bench, device, name)["maps"] if m["name"] == map_name)


def counted(bench, device, name):
    return bench.map_value(component(bench, device, name), "an_array")


def attach_both(bench, device, *arguments):
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.attach("kind-maps", "--dev", device, "--name", "user", "--map", SHARE, *arguments)


def test_two_components_count_in_one_map(bench):
    device = bench.device()
    attach_both(bench, device)
    assert map_id(bench, device, "fw") == map_id(bench, device, "user")
    assert map_id(bench, device, "fw", "a_hash") != map_id(bench, device, "user", "a_hash")
    bench.send(device, 5, 2)
    assert counted(bench, device, "fw") == 10
    assert component(bench, device, "user")["share_maps"] == [SHARE]
    assert f"user shares maps: {SHARE}" in bench.xdpctl("status")
    assert "everything" in bench.xdpctl("verify")


def test_detaching_in_any_order_keeps_the_shared_map(bench):
    device = bench.device()
    attach_both(bench, device)
    shared = map_id(bench, device, "fw")
    bench.send(device, 5, 2)
    bench.xdpctl("detach", "fw", "--dev", device)
    bench.send(device, 5, 2)
    assert map_id(bench, device, "user") == shared and counted(bench, device, "user") == 15
    assert "everything" in bench.xdpctl("verify")
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    assert map_id(bench, device, "fw") != shared, "another one of that name is another one"
    bench.xdpctl("detach", "user", "--dev", device)
    assert wait_for(lambda: run("bpftool", "map", "show", "id", shared, check=False).returncode)
    bench.attach("kind-maps", "--dev", device, "--name", "user", "--map", SHARE)
    shared = map_id(bench, device, "fw")
    bench.xdpctl("detach", "user", "--dev", device)
    assert map_id(bench, device, "fw") == shared


def test_maps_that_cannot_be_shared_are_refused(bench):
    device = bench.device()
    attach_both(bench, device)
    bench.attach("kind-global_data", "--dev", device, "--name", "data")
    data = next(m["name"] for m in component(bench, device, "data")["maps"]
                if m["name"].endswith(".data"))
    before = bench.status()
    for kind, share, words in (
            ("kind-maps_larger", SHARE, ["an_array", "max_entries is 8", "'fw:an_array' is 4"]),
            ("kind-maps", "an_array=nosuch:an_array", [device, "'nosuch'"]),
            ("kind-maps", "an_array=fw:nosuch", ["'fw'", "no map 'nosuch'", "a_hash"]),
            ("kind-maps", "nosuch=fw:an_array", ["kind-maps.o", "no map 'nosuch'", "a_hash"]),
            ("kind-maps", "an_array=fw", ["NAME=COMPONENT:MAP"]),
            ("kind-maps", "an_array", ["NAME=COMPONENT:MAP"]),
            ("kind-maps", "=fw:an_array", ["NAME=COMPONENT:MAP"]),
            ("kind-maps", "an_array=:an_array", ["NAME=COMPONENT:MAP"]),
            ("kind-global_data", f"{data}=fw:an_array", ["it holds global variables"]),
            ("kind-tail_call", "programs=fw:an_array", ["fills it with its own programs"])):
        sentence = bench.attach(kind, "--dev", device, "--name", "x", "--map", share, expect=1)
        for word in words:
            assert word in sentence, sentence
    assert bench.status() == before


def test_maps_of_other_names_are_shared_crosswise(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.attach("kind-twins", "--dev", device, "--name", "twins")
    bench.attach("kind-twins", "--dev", device, "--name", "user", "--map", "first=twins:second",
                 "--map", "second=fw:an_array")
    for again in (None, restart, reboot):
        if again:
            again(bench.daemons[0])
        assert map_id(bench, device, "user", "first") == map_id(bench, device, "twins", "second")
        assert map_id(bench, device, "user", "second") == map_id(bench, device, "fw")
        assert "everything" in bench.xdpctl("verify")


def test_a_component_cannot_share_with_itself(bench):
    device = bench.device()
    attach_both(bench, device)
    for share in ("an_array=user:an_array", "an_array=fw:an_array"):
        sentence = bench.xdpctl("replace", "fw", OBJECTS / "kind-maps.o", "--dev", device, "--map",
                                share, expect=1)
        assert "itself" in sentence, sentence


def test_sharing_is_separate_on_each_device(bench):
    devices = [bench.device() for _ in range(2)]
    several = [word for device in devices for word in ("--dev", device)]
    for device in devices:
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--set", "x=1", expect=1)
        bench.attach("kind-maps_next" if device == devices[0] else "kind-maps", "--dev", device,
                     "--name", "fw")
    bench.attach("kind-maps", *several, "--name", "user", "--map", SHARE)
    ids = [map_id(bench, device, "user") for device in devices]
    assert ids == [map_id(bench, device, "fw") for device in devices] and len(set(ids)) == 2
    bench.xdpctl("replace", "user", OBJECTS / "kind-maps_next.o", *several)
    assert ids == [map_id(bench, device, "user") for device in devices]


def test_a_replacement_keeps_shared_maps_unless_they_are_dropped(bench):
    device = bench.device()
    attach_both(bench, device)
    shared = map_id(bench, device, "fw")
    for name in ("fw", "user"):
        bench.xdpctl("replace", name, OBJECTS / "kind-maps_next.o", "--dev", device)
        assert map_id(bench, device, name) == shared
    bench.xdpctl("replace", "user", OBJECTS / "kind-maps.o", "--dev", device, "--fresh-maps")
    assert map_id(bench, device, "user") == shared
    sentence = bench.xdpctl("replace", "user", OBJECTS / "verdict-0.o", "--dev", device, expect=1)
    assert "no map 'an_array'" in sentence and "--map NAME" in sentence, sentence
    bench.xdpctl("replace", "user", OBJECTS / "kind-maps.o", "--dev", device, "--map", "an_array")
    assert map_id(bench, device, "user") != shared
    assert "share_maps" not in component(bench, device, "user")
    bench.xdpctl("replace", "user", OBJECTS / "kind-maps.o", "--dev", device, "--map", SHARE)
    bench.xdpctl("detach", "fw", "--dev", device)
    bench.xdpctl("replace", "user", OBJECTS / "kind-maps_next.o", "--dev", device)
    assert map_id(bench, device, "user") == shared


def restart(daemon):
    daemon.kill()
    daemon.start()


def reboot(daemon):
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()


def test_sharing_survives_restart_and_reboot_in_any_order(bench):
    device = bench.device()
    attach_both(bench, device, "--prio", 1)
    bench.attach("kind-maps", "--dev", device, "--name", "third", "--prio", 2, "--map",
                 "an_array=user:an_array")
    assert bench.names(device) == ["user", "third", "fw"]
    daemon = bench.daemons[0]
    names = ["user", "third", "fw"]
    for again in (restart, reboot, restart):
        again(daemon)
        assert bench.names(device) == names
        assert len({map_id(bench, device, name) for name in names}) == 1
        before = counted(bench, device, "user")
        bench.send(device, 2, 2)
        assert counted(bench, device, "user") == before + 6
        assert "everything" in bench.xdpctl("verify")


def test_users_of_a_removed_component_continue_sharing_after_a_reboot(bench):
    device = bench.device()
    attach_both(bench, device)
    bench.attach("kind-maps", "--dev", device, "--name", "third", "--map", SHARE)
    bench.xdpctl("detach", "fw", "--dev", device)
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    reboot(bench.daemons[0])
    assert map_id(bench, device, "user") == map_id(bench, device, "third")
    assert map_id(bench, device, "user") != map_id(bench, device, "fw")


def test_a_component_that_shares_with_a_failed_one_shows_the_reason(bench):
    device = bench.device()
    attach_both(bench, device)
    daemon = bench.daemons[0]
    bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device)
    daemon.stop()
    daemon.forget_the_kernel()
    sha256 = run("sha256sum", OBJECTS / "kind-maps_next.o").stdout.split()[0]
    next(path for path in daemon.objects() if sha256 in path.name).unlink()
    daemon.start()
    failed = component(bench, device, "user")
    assert failed["state"] == "failed" and "'fw' is not loaded" in failed["failure"], failed
    bench.xdpctl("replace", "fw", OBJECTS / "kind-maps.o", "--dev", device)
    bench.xdpctl("replace", "user", OBJECTS / "kind-maps.o", "--dev", device)
    assert map_id(bench, device, "user") == map_id(bench, device, "fw")


def pin_of(bench, *definition):
    path = f"/sys/fs/bpf/{bench.id}-pinned"
    run("bpftool", "map", "create", path, *(definition or (
        "type", "array", "key", 4, "value", 8, "entries", 4, "name", "theirs")))
    return path


def test_a_pinned_map_is_shared(bench):
    device = bench.device()
    path = pin_of(bench)
    try:
        share = f"an_array=pin:{path}"
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map", share)
        bench.send(device, 4, 2)
        value = run("bpftool", "map", "lookup", "pinned", path, "key", 0, 0, 0, 0).stdout
        assert "04 00 00 00" in value or '"value": 4' in value, value
        daemon = bench.daemons[0]
        shared = map_id(bench, device, "fw")
        restart(daemon)
        assert map_id(bench, device, "fw") == shared
        bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device)
        assert map_id(bench, device, "fw") == shared
        reboot(daemon)
        assert map_id(bench, device, "fw") == shared, "its pin was still there"
        run("rm", path)
        reboot(daemon)
        failed = component(bench, device, "fw")
        assert failed["state"] == "failed" and path in failed["failure"], failed
        pin_of(bench)
        restart(daemon)
        assert component(bench, device, "fw")["state"] == "running"
        assert component(bench, device, "fw")["share_maps"] == [share]
    finally:
        run("rm", "-f", path)


def test_pins_that_cannot_be_shared_are_refused(bench):
    device = bench.device()
    path = pin_of(bench, "type", "array", "key", 4, "value", 16, "entries", 4, "name", "theirs")
    try:
        sentence = bench.attach("kind-maps", "--dev", device, "--map", f"an_array=pin:{path}",
                                expect=1)
        assert "value size is 8" in sentence and "16" in sentence, sentence
        sentence = bench.attach("kind-maps", "--dev", device, "--map", f"an_array=pin:{path}x",
                                expect=1)
        assert f"{path}x" in sentence and "No such file" in sentence, sentence
        bench.attach("verdict-0", "--dev", device, "--name", "v")
        program = bench.daemons[0].bpffs / "components" / str(
            component(bench, device, "v")["prog_id"]) / "program"
        bench.attach("kind-maps", "--dev", device, "--map", f"an_array=pin:{program}", expect=1)
    finally:
        run("rm", "-f", path)


def test_a_reader_stays_with_its_map_under_traffic(bench):
    """The owner of the map is replaced, detached and attached while both components count."""
    device = bench.device()
    attach_both(bench, device)
    count = int(10000 * SCALE) + 1000
    sender = bench.sender(device, count, 2)
    changes = 0
    while sender.poll() is None or changes < 2:
        bench.xdpctl("replace", "user", OBJECTS / ("kind-maps_next.o" if changes % 2 else
                                                  "kind-maps.o"), "--dev", device)
        changes += 1
    assert counted(bench, device, "user") == 2 * count
