# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Chain files: apply makes a machine match a file in one step, and export writes what the machine
runs."""
import contextlib
import hashlib
import importlib
import itertools
import json
import os
import random
import threading

from chain_files import device, write
from harness import BUILD, OBJECTS, PATIENCE, SCALE, TOP, UNIT, run, wait_for


def component(kind, **more):
    return {"object": f"{kind}.o", **more}


def apply(bench, *devices, **more):
    return bench.xdpctl("apply", write(bench, *devices), **more)


def plan(bench, *devices, options=()):
    """The plan in the daemon's reply, one entry per device."""
    return json.loads(bench.xdpctl("plan", "--json", write(bench, *devices), *options))["plan"]


def actions(entry):
    return [(step["action"], step["name"]) for step in entry["steps"]]


def export(bench, *options):
    return json.loads(bench.xdpctl("export", *options))


def settled(bench):
    """Everything that is visible, once no chain is waiting to be fused."""
    assert bench.quiet()
    return bench.status()


def test_apply_makes_devices_match_the_file(bench):
    first, second = bench.device(), bench.device()
    said = apply(bench, device(first, component("verdict-1", name="b"),
                               component("kind-maps", name="a", priority=7, proceed_on=["pass", "tx"],
                                         on_failure="drop")),
                 device(second, mode="native"))
    assert f"{first}: matches the file, generation 1 (native mode)\n" in said, said
    assert f"{second}: matches the file, generation 1 (native mode)\n" in said, said
    assert bench.names(first) == ["a", "b"] and bench.names(second) == []
    chain = bench.chain(first)
    assert [entry["priority"] for entry in chain] == [7, 50]
    assert chain[0]["proceed_on"] == ["pass", "tx"] and chain[0]["on_failure"] == "drop"
    bench.send(first, 4, 2, 1)
    assert [entry["counters"]["run"] for entry in bench.chain(first)] == [4, 4]


def test_a_second_apply_changes_nothing(bench):
    first, second = bench.device(), bench.device()
    devices = (device(first, component("kind-maps", name="a"), component("verdict-1", name="b")),
               device(second))
    apply(bench, *devices)
    before = settled(bench)
    daemon = bench.daemons[0]
    files = {path: path.stat().st_mtime_ns for path in daemon.records()}
    log = daemon.log.read_text()
    said = apply(bench, *devices)
    assert said.count("nothing to do") == 2, said
    assert bench.status() == before
    assert {path: path.stat().st_mtime_ns for path in daemon.records()} == files
    assert daemon.log.read_text() == log
    apply(bench, devices[0], device(second, component("verdict-2", name="c")))
    (line,) = daemon.log.read_text().removeprefix(log).splitlines()
    digest = bench.chain(second)[0]["object"]
    assert line.endswith(f", {second} generation 2, add 'c' of object {digest}"), line


def test_only_differences_are_changed(bench):
    name, other = bench.device(), bench.device()
    bench.attach("verdict-0", "--dev", other, "--name", "alone")
    apply(bench, device(name, component("kind-maps", name="same"),
                        component("kind-maps", name="upgraded"), component("verdict-1", name="set"),
                        component("verdict-2", name="removed")))
    bench.send(name, 5, 2, 2, 2)
    before = {entry["name"]: entry for entry in bench.chain(name)}
    said = apply(bench, device(name, component("verdict-3", name="added", priority=1),
                               component("kind-maps", name="same"),
                               component("kind-maps_next", name="upgraded"),
                               component("verdict-1", name="set", proceed_on=["drop"])))
    after = {entry["name"]: entry for entry in bench.chain(name)}
    assert list(after) == ["added", "same", "upgraded", "set"]
    for kept in ("same", "set"):
        for member in ("prog_id", "counters", "maps" if kept == "same" else "object"):
            assert after[kept][member] == before[kept][member], (before, after)
    assert after["upgraded"]["prog_id"] != before["upgraded"]["prog_id"]
    assert after["upgraded"]["counters"] == before["upgraded"]["counters"]
    maps = {entry["name"]: entry["id"] for entry in before["upgraded"]["maps"]}
    carried = {entry["name"]: entry["id"] for entry in after["upgraded"]["maps"]}
    assert maps["an_array"] == carried["an_array"]
    assert after["added"]["counters"]["run"] == 0
    assert after["set"]["proceed_on"] == ["drop"]
    assert bench.names(other) == ["alone"]
    for line in ("  + add     added: ", "    keep    same\n", "  ~ replace upgraded: object sha256:",
                 "  ~ set     set: proceed_on pass -> drop\n", "  - remove  removed\n"):
        assert line in said, said


def test_the_file_orders_components_of_equal_priority(bench):
    name = bench.device()
    components = [component(f"verdict-{number}", name=f"c{number}") for number in range(4)]
    apply(bench, device(name, *components))
    before = {entry["name"]: entry["prog_id"] for entry in bench.chain(name)}
    moved = [components[3], *components[:3]]
    (planned,) = plan(bench, device(name, *moved))
    assert actions(planned) == [("set", "c3"), ("keep", "c0"), ("keep", "c1"), ("keep", "c2")]
    assert planned["steps"][0]["differences"] == [{"field": "place", "before": "3", "after": "0"}]
    apply(bench, device(name, *moved))
    assert bench.names(name) == ["c3", "c0", "c1", "c2"]
    assert {entry["name"]: entry["prog_id"] for entry in bench.chain(name)} == before


def test_a_plan_changes_nothing(bench):
    first, second = bench.device(), bench.device()
    apply(bench, device(first, component("kind-maps", name="a")))
    before = settled(bench)
    daemon = bench.daemons[0]
    pins = run("find", daemon.bpffs).stdout
    kept = [daemon.records(), daemon.objects()]
    kernel = bench.alive()
    wanted = (device(first, component("kind-maps_next", name="a"), component("verdict-1", name="b")),
              device(second, component("heavy", name="c")))
    planned = plan(bench, *wanted)
    assert actions(planned[0]) == [("replace", "a"), ("add", "b")]
    assert actions(planned[1]) == [("add", "c")]
    assert planned[1]["steps"][0]["verified"] > 1000, planned
    assert [entry["generation"] for entry in planned] == [1, 0]
    assert bench.status() == before
    assert run("find", daemon.bpffs).stdout == pins
    assert [daemon.records(), daemon.objects()] == kept
    assert wait_for(lambda: bench.alive() <= kernel), bench.alive() - kernel
    assert "prog" not in json.loads(bench.inside(bench.netns, "ip", "-j", "link", "show",
                                                 second).stdout)[0].get("xdp", {})
    apply(bench, *wanted)
    assert [entry["changes"] for entry in plan(bench, *wanted)] == [False, False]


def test_the_exit_status_of_a_plan_shows_changes_if_asked(bench):
    name = bench.device()
    wanted = write(bench, device(name, component("verdict-1", name="a")))
    bench.xdpctl("plan", wanted)
    assert bench.try_xdpctl("plan", "--check", wanted).returncode == 4
    bench.xdpctl("apply", wanted)
    bench.xdpctl("plan", "--check", wanted)
    refused = write(bench, device(name, component("bad-verifier")))
    sentence = bench.xdpctl("plan", "--check", refused, expect=1)
    assert "devices[0].components[0]: the verifier rejects 'out_of_bounds'" in sentence, sentence


BAD = ["bad-verifier", "bad-empty", "bad-type", "kind-maps_larger"]


def test_a_bad_component_leaves_everything_unchanged_under_traffic(bench):
    names = [bench.device() for _ in range(2)]
    good = [device(name, component("kind-maps", name="a"), component("verdict-1", name="b"),
                   component("verdict-2", name="c")) for name in names]
    apply(bench, *good)
    before = settled(bench)
    daemon = bench.daemons[0]
    pins = run("find", daemon.bpffs).stdout
    count = int(60000 * SCALE) + 2000
    receiver = bench.receiver(names[0], count)
    sender = bench.sender(names[0], count, 2, 2, 2)
    for number, kind in enumerate(BAD * 2):
        wanted = json.loads(json.dumps(good))
        target, place = wanted[number % 2], number % 3 if kind != "kind-maps_larger" else 0
        wanted[1 - number % 2]["components"].append(component("verdict-4", name="new"))
        target["components"].insert(0, component("verdict-3", name="also-new"))
        target["components"][place + 1] = component(
            kind, name=target["components"][place + 1]["name"])
        sentence = apply(bench, *wanted, expect=1)
        assert f"devices[{number % 2}].components[{place + 1}]: " in sentence, sentence
        assert f"{kind}.o" in sentence, sentence
        assert run("find", daemon.bpffs).stdout == pins
        assert len(daemon.objects()) == 3
    for shares in ("nosuch=a:an_array", "an_array=nosuch:an_array"):
        lacking = json.loads(json.dumps(good))
        lacking[1]["components"].append(component("kind-maps", name="d", share_maps=[shares]))
        sentence = apply(bench, *lacking, expect=1)
        assert "devices[1].components[3]: " in sentence and "nosuch" in sentence, sentence
    sentence = apply(bench, good[0], device(names[1], component("nosuch")), expect=1)
    assert "chains.json: devices[1].components[0].object: cannot open 'nosuch.o'" in sentence
    assert sender.wait(PATIENCE) == 0
    assert receiver.result() == count
    after = bench.status()
    for was, is_now in zip(before, after):
        assert was["generation"] == is_now["generation"] and was["rootlet"] == is_now["rootlet"]
        assert [entry["prog_id"] for entry in was["components"]] == \
            [entry["prog_id"] for entry in is_now["components"]]
    assert bench.chain(names[0])[0]["counters"]["run"] == count


@contextlib.contextmanager
def meanwhile(function):
    """Call it repeatedly, until the block has ended."""
    ended = threading.Event()

    def repeat():
        while not ended.is_set():
            function()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_an_object_that_changes_while_it_is_read_is_old_new_or_refused(bench):
    name, count = bench.device(), int(20000 * SCALE) + 2000
    contents = [(OBJECTS / f"{kind}.o").read_bytes() for kind in ("kind-maps", "kind-maps_next")]
    digests = {f"sha256:{hashlib.sha256(content).hexdigest()}" for content in contents}
    wanted = write(bench, device(name, component("changes", name="a"),
                                 component("verdict-1", name="b")))
    path = wanted.parent / "changes.o"
    path.write_bytes(contents[0])
    bench.xdpctl("apply", wanted)
    receiver = bench.receiver(name, count)
    sender = bench.sender(name, count, 2, 2)
    turns = itertools.cycle([*contents, contents[0][:3000], b"no object"])
    outcomes = set()
    with meanwhile(lambda: path.write_bytes(next(turns))):
        while sender.poll() is None or len(outcomes) < 2:
            before = bench.chain(name)
            done = bench.try_xdpctl("apply", wanted)
            outcomes.add(done.returncode)
            assert done.returncode == 0 or "changes.o" in done.stderr or \
                "changed while it was read" in done.stderr, done.stderr
            after = bench.chain(name)
            assert [entry["name"] for entry in after] == ["a", "b"]
            assert after[0]["object"] in digests, after
            if done.returncode:
                assert [entry["prog_id"] for entry in before] == \
                    [entry["prog_id"] for entry in after], done.stderr
    assert outcomes == {0, 1} and receiver.result() == count
    assert bench.chain(name)[0]["counters"]["run"] == count


def test_a_device_that_disappears_does_not_affect_the_others(bench):
    name, count = bench.device(), int(20000 * SCALE) + 2000
    variants = [[component("kind-maps", name="a")],
                [component("verdict-1", name="b"), component("kind-maps", name="a")]]
    apply(bench, device(name, *variants[0]))
    receiver = bench.receiver(name, count)
    sender = bench.sender(name, count, 2, 2)
    rounds = 0
    while sender.poll() is None or rounds < 4:
        rounds += 1
        going = bench.device(name="going")
        before = bench.names(name)
        path = write(bench, device(name, *variants[rounds % 2]),
                     device(going, component("verdict-2", name="c")))
        deleting = threading.Timer(rounds % 8 / 100, bench.delete, [going])
        deleting.start()
        done = bench.try_xdpctl("apply", path)
        deleting.join()
        wanted = [entry["name"] for entry in variants[rounds % 2]]
        assert bench.names(name) == (before if done.returncode else wanted), done.stderr
        assert done.returncode == 0 or "going" in done.stderr, done.stderr
        assert wait_for(lambda: all(entry["state"] == "absent" for entry in bench.status()
                                    if entry["ifname"] == "going"))
    assert receiver.result() == count
    assert "everything" in bench.xdpctl("verify")
    (counters,) = [entry["counters"] for entry in bench.chain(name) if entry["name"] == "a"]
    assert counters["run"] == count, counters


def test_a_chain_that_ran_briefly_in_a_refused_apply_is_counted(bench):
    """One device is swapped before the driver of the other refuses, and is then swapped back."""
    name, large = bench.device(), bench.device(mtu=9000)
    count = int(20000 * SCALE) + 2000
    apply(bench, device(name, component("kind-maps", name="a")))
    wanted = write(bench, device(name, component("verdict-1", name="b"),
                                 component("kind-maps", name="a")),
                   device(large, component("verdict-2", name="c")))
    receiver = bench.receiver(name, count)
    sender = bench.sender(name, count, 2, 2)
    refused = 0
    while sender.poll() is None or refused < 2:
        assert "MTU" in bench.xdpctl("apply", wanted, expect=1)
        refused += 1
    assert receiver.result() == count
    (component_a,) = bench.chain(name)
    assert component_a["counters"]["run"] == count, component_a
    daemon = bench.daemons[0]
    (record,) = [json.loads(path.read_text()) for path in daemon.records()]
    assert record["components"][0]["counters"]["run"] > 0, "and kept"
    bench.xdpctl("verify")


def test_an_apply_under_traffic_loses_no_packet_and_no_count(bench):
    name = bench.device()
    count = int(20000 * SCALE) + 2000
    chains = [[component("kind-maps", name="fw"), component("verdict-1", name="b")],
              [component("verdict-1", name="b", priority=1), component("kind-maps_next", name="fw")],
              [component("verdict-2", name="x"), component("kind-maps", name="fw", priority=9)]]
    apply(bench, device(name, *chains[0]))
    receiver = bench.receiver(name, count)
    sender = bench.sender(name, count, 2, 2, 2)
    changes = 0
    while sender.poll() is None or changes < 4:
        changes += 1
        apply(bench, device(name, *chains[changes % len(chains)]))
    assert receiver.result() == count
    (counters,) = [entry["counters"] for entry in bench.chain(name) if entry["name"] == "fw"]
    assert counters["run"] == count, counters


def test_apply_restores_an_export(bench):
    name, other = bench.device(), bench.device()
    bench.attach("kind-maps", "--dev", name, "--name", "a", "--prio", 3, "--proceed-on", "none")
    bench.attach("kind-run_config", "--dev", name, "--on-failure", "drop")
    bench.attach("verdict-1", "--dev", name, "--name", "b", "--allow-verdicts", "pass,drop")
    bench.attach("verdict-1", "--dev", other, "--mode", "native")
    before = settled(bench)
    path = bench.directory / "exported.json"
    path.write_text(bench.xdpctl("export"))
    said = bench.xdpctl("apply", path)
    assert said.count("nothing to do") == 2, said
    assert bench.status() == before
    assert [entry["name"] for entry in export(bench, "--dev", other)["devices"]] == [other]
    assert "'nosuch'" in bench.xdpctl("export", "--dev", "nosuch", expect=1)
    # Other devices stay, and this one returns unchanged.
    bench.xdpctl("detach", "--all", "--dev", name)
    sentence = bench.xdpctl("apply", path, expect=1)
    assert "object sha256:" in sentence and "is not in the store" in sentence, sentence


def test_objects_can_be_exported_to_another_machine(bench):
    name = bench.device()
    for number, kind in enumerate(("kind-maps", "verdict-1", "verdict-1")):
        bench.attach(kind, "--dev", name, "--name", f"c{number}", "--prio", number)
    objects = bench.directory / "there"
    path = bench.directory / "exported.json"
    path.write_text(bench.xdpctl("export", "--objects", objects))
    assert sorted(os.listdir(objects)) == ["kind-maps.o", "verdict-1.o"]
    for file in os.listdir(objects):
        assert (objects / file).read_bytes() == (OBJECTS / file).read_bytes()
    before = [(entry["name"], entry["priority"], entry["object"]) for entry in bench.chain(name)]
    bench.xdpctl("release", "--dev", name)
    bench.xdpctl("apply", path)
    assert [(entry["name"], entry["priority"], entry["object"]) for entry in bench.chain(name)] \
        == before
    # Another file of that name is not overwritten.
    (objects / "verdict-1.o").write_text("mine")
    bench.xdpctl("export", "--objects", objects)
    assert (objects / "verdict-1.o").read_text() == "mine" and len(os.listdir(objects)) == 3


KINDS = ["kind-maps", "kind-maps_next", "kind-plain", "verdict-0", "verdict-1", "verdict-2"]
VERDICTS = ["aborted", "drop", "pass", "tx", "redirect"]


def random_component(rng, number, binds):
    entry = component(rng.choice(KINDS), name=f"c{number}")
    if binds and rng.random() < 0.1:
        entry["devbound"] = True
    if rng.random() < 0.5:
        entry["priority"] = rng.choice([0, 10, 50, 60, 65535])
    if rng.random() < 0.5:
        entry["proceed_on"] = rng.sample(VERDICTS, rng.randrange(6))
    if rng.random() < 0.3:
        entry["allow_verdicts"] = rng.sample(VERDICTS, rng.randrange(6))
    if rng.random() < 0.3:
        entry["on_failure"] = rng.choice(["skip", "drop"])
    if rng.random() < 0.3:
        entry["map_mode"] = rng.choice(["600", "640", "0666", "000"])
    if rng.random() < 0.3 and not UNIT:  # the daemon may not change owners
        entry["map_owner"] = rng.choice(["nobody", "1234:5678", ":root", ":5678"])
    return entry


def random_devices(rng, names, binds):
    return [device(name, *[random_component(rng, number, binds)
                           for number in rng.sample(range(8), rng.randrange(6))])
            for name in rng.sample(names, rng.randrange(1, len(names) + 1))]


def test_export_and_apply_are_inverse_on_random_states(bench):
    seed = int(os.environ.get("XDPD_TEST_SEED") or random.randrange(1 << 32))
    print(f"# seed {seed}; XDPD_TEST_SEED={seed} repeats it", flush=True)
    rng = random.Random(seed)
    names = [bench.device() for _ in range(3)]
    kept = bench.directory / "kept"
    for round_number in range(3 if bench.emulated else 12):
        wanted = random_devices(rng, names, not bench.kernel_older(6, 3))
        apply(bench, *wanted)
        for entry in wanted:
            expected = sorted(entry["components"], key=lambda item: item.get("priority", 50))
            assert bench.names(entry["name"]) == [item["name"] for item in expected], seed
        path = bench.directory / f"round-{round_number}.json"
        path.write_text(bench.xdpctl("export", "--objects", kept))
        now = export(bench)
        before = settled(bench)
        assert "matches the file" in bench.xdpctl("apply", path)
        assert bench.status() == before, seed
        # Applying it from any other state restores it.
        other = bench.directory / f"round-{rng.randrange(round_number + 1)}.json"
        bench.xdpctl("apply", other)
        bench.xdpctl("apply", path)
        assert export(bench) == now, seed


def test_schema_and_xdpctl_refuse_the_same_documents(bench):
    jsonschema = importlib.import_module("jsonschema")
    schema = json.loads((TOP / "docs/chains.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    name = bench.device()
    rows = json.loads((TOP / "tests/integration/chains-documents.json").read_text())
    path = bench.directory / "document.json"
    for row in rows:
        path.write_text(json.dumps(row["document"]).replace("@device@", name))
        valid = not list(validator.iter_errors(json.loads(path.read_text())))
        assert valid == ("error" not in row), row
        if valid:
            bench.xdpctl("plan", path)
        else:
            sentence = bench.xdpctl("plan", path, expect=1)
            assert sentence == f"xdpctl: {path}: {row['error']}\n", sentence
    path.write_text('{"devices": [}')
    assert f"{path}: line 1, column 14: " in bench.xdpctl("plan", path, expect=1)
    assert "nosuch.json" in bench.xdpctl("plan", bench.directory / "nosuch.json", expect=1)


def test_mistakes_beyond_the_schema_are_refused(bench):
    name = bench.device()
    bench.attach("verdict-0", "--dev", name, "--name", "there")
    before = settled(bench)
    rows = [
        ([device(name, component("verdict-1", name="a"), component("verdict-2", name="a"))],
         "would have two components named 'a'"),
        ([device(name), device(name)], "are the same device"),
        ([device("nosuch")], "nosuch"),
        ([device(name, {"name": "there"})], "component 'there' needs an object"),
        ([device(name, {"priority": 1})], "a component without an object needs a name"),
        ([device(name, {"object": "sha256:12"})], "devices[0].components[0]: object: "),
        ([device(name, {"object": "sha256:" + 64 * "0"})], "is not in the store"),
        ([device(name, match="colour=red")], "colour"),
        ([device(name, mode="skb")], "already runs in native mode"),
        ([device(name, *[component("verdict-1", name=f"c{n}") for n in range(33)])],
         "the maximum is 32"),
    ]
    for devices, words in rows:
        for verb in ("plan", "apply"):
            sentence = bench.xdpctl(verb, write(bench, *devices), expect=1)
            assert words in sentence, sentence
    bench.xdpctl("apply", expect=2)
    bench.xdpctl("apply", write(bench, device(name)), "--expect-generation", 9, expect=1)
    assert bench.status() == before


def test_a_plan_warns_of_packets_that_skip_components(bench):
    name = bench.device()
    # A verdict that is read from the packet can be any, but redirect needs a helper.
    (planned,) = plan(bench, device(name, component("verdict-0", name="a"),
                                    component("verdict-1", name="b", proceed_on=["pass", "tx"]),
                                    component("verdict-2", name="c")))
    assert planned["warnings"] == ["'a' may return tx, which is not in its proceed set; such packets "
                                   "skip 'b' and the components after it"], planned
    (planned,) = plan(bench, device(name, component("verdict-0", name="a",
                                                    allow_verdicts=["pass", "drop"]),
                                    {"object": str(BUILD / "examples/blocklist.bpf.o")},
                                    component("verdict-2")))
    assert planned["warnings"] == [], planned


def test_a_changed_map_definition_needs_an_option(bench):
    name = bench.device()
    apply(bench, device(name, component("kind-maps", name="a")))
    wanted = write(bench, device(name, component("kind-maps_larger", name="a")))
    assert "--allow-map-change" in bench.xdpctl("apply", wanted, expect=1)
    bench.xdpctl("apply", wanted, "--allow-map-change")


def test_a_program_that_several_devices_share_is_loaded_once(bench):
    names = [bench.device() for _ in range(3)]
    for kind in ("kind-maps", "kind-maps_next"):
        apply(bench, *[device(name, component(kind, name="a")) for name in names])
        assert len({bench.chain(name)[0]["prog_id"] for name in names}) == 1


def test_devices_of_several_namespaces_change_together(bench):
    name = bench.device()
    wanted = (device(name, component("verdict-1", name="a")),
              device(name, component("verdict-2", name="b"), netns=bench.peer))
    apply(bench, *wanted)
    assert sorted((entry["ifname"], "netns" in entry, entry["components"][0]["name"])
                  for entry in bench.status()) == [(name, False, "a"), (name, True, "b")]
    path = bench.directory / "exported.json"
    path.write_text(bench.xdpctl("export"))
    assert bench.xdpctl("apply", path).count("nothing to do") == 2
    sentence = apply(bench, device(name), device(name, component("bad-verifier"),
                                                 netns=bench.peer), expect=1)
    assert "devices[1].components[0]: the verifier" in sentence
    assert bench.xdpctl("apply", path).count("nothing to do") == 2
    bench.xdpctl("release", "--dev", name, "--netns", bench.peer)


def test_the_match_of_a_device_is_in_the_file(bench):
    name = bench.device()
    address = json.loads(bench.inside(bench.netns, "ip", "-j", "link", "show",
                                      name).stdout)[0]["address"]
    apply(bench, device(name, match=f"mac={address}"))
    assert export(bench)["devices"][0]["match"] == f"mac={address}"
    (planned,) = plan(bench, device(name))
    assert planned["differences"] == [{"field": "match", "before": f"mac={address}"}]
    apply(bench, device(name))
    assert "match" not in export(bench)["devices"][0]


def test_an_apply_can_be_rolled_back(bench):
    first, second = bench.device(), bench.device()
    apply(bench, device(first, component("verdict-0", name="a")), device(second))
    before = export(bench)
    bench.xdpctl("apply", write(bench, device(first, component("verdict-1", name="b")),
                                device(second)), "--confirm", "1h")
    shown = {entry["ifname"]: entry for entry in bench.status()}
    assert "unconfirmed" in shown[first] and "unconfirmed" not in shown[second]
    bench.xdpctl("revert")
    assert export(bench) == before


def test_the_example_can_be_applied_unchanged(bench):
    name = bench.device(name="eth0")
    bench.xdpctl("apply", BUILD / "examples/chains.json")
    assert bench.names(name) == ["blocklist", "sampler"]
    assert (BUILD / "examples/chains.json").read_text() == (TOP / "examples/chains.json").read_text()


def test_a_restart_does_not_change_a_plan(bench):
    name = bench.device()
    wanted = device(name, component("kind-maps", name="a"), component("verdict-1", name="b"))
    apply(bench, wanted)
    daemon = bench.daemons[0]
    for end in (daemon.stop, daemon.kill):
        end()
        daemon.start()
        (planned,) = plan(bench, wanted)
        assert not planned["changes"], planned


def test_a_plan_can_include_an_absent_device(bench):
    name = bench.device()
    apply(bench, device(name, component("verdict-1", name="a")))
    bench.delete(name)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    wanted = device(name, component("verdict-1", name="a"), component("verdict-2", name="b"))
    said = apply(bench, wanted)
    assert "the device does not exist at present" in said, said
    bench.device(name=name)
    assert bench.names(name) == ["a", "b"]
    assert not plan(bench, wanted)[0]["changes"]


def test_libraries_and_values_are_in_the_file(bench):
    name = bench.device()
    user = component("library-user", name="u", libraries=["library-parser.o"])
    values = component("kind-variables", name="v", set=["counted=7"])
    apply(bench, device(name, user, values))
    before = settled(bench)
    path = bench.directory / "exported.json"
    path.write_text(bench.xdpctl("export", "--objects", bench.directory / "objects"))
    assert sorted(os.listdir(bench.directory / "objects")) == \
        ["kind-variables.o", "library-parser.o", "library-user.o"]
    assert "nothing to do" in bench.xdpctl("apply", path)
    assert bench.status() == before
    (planned,) = plan(bench, device(name, {**user, "libraries": ["library-parser_next.o"]},
                                    {**values, "set": ["counted=8"]}))
    assert actions(planned) == [("replace", "u"), ("replace", "v")]
    assert [step["differences"][0]["field"] for step in planned["steps"]] == ["libraries", "set"]
    assert planned["steps"][1]["differences"][0]["after"] == "counted=8"
    missing = device(name, {**user, "libraries": ["nosuch.o"]})
    sentence = apply(bench, missing, expect=1)
    assert "devices[0].components[0].libraries[0]: cannot open 'nosuch.o'" in sentence, sentence


def test_maps_are_shared_in_any_order(bench):
    name = bench.device()
    first = component("kind-maps", name="first", share_maps=["an_array=second:an_array"])
    second = component("kind-maps", name="second")
    apply(bench, device(name, first, second))
    maps = [{entry["name"]: entry["id"] for entry in shown["maps"]} for shown in bench.chain(name)]
    assert maps[0]["an_array"] == maps[1]["an_array"] and maps[0]["a_hash"] != maps[1]["a_hash"]
    path = bench.directory / "exported.json"
    path.write_text(bench.xdpctl("export"))
    assert "nothing to do" in bench.xdpctl("apply", path)
    pin = f"/sys/fs/bpf/{bench.id}-map"
    run("bpftool", "map", "pin", "id", maps[0]["an_array"], pin)
    try:
        apply(bench, device(name, second, {**first, "share_maps": [f"an_array=pin:{pin}"]}))
        shown = {entry["name"]: entry["maps"] for entry in bench.chain(name)}
        assert maps[0]["an_array"] in [entry["id"] for entry in shown["first"]], shown
    finally:
        os.unlink(pin)
    circle = {**second, "share_maps": ["an_array=first:an_array"]}
    apply(bench, device(name, first, circle), expect=1)


FIREWALL, LENGTH = "xdp_firewall_placeholder", "by_length"


def test_a_policy_and_the_components_in_its_slots_are_in_the_file(bench):
    name = bench.device()
    policy = {"policy": {"object": "policy-1.o"}}
    fills = (component("verdict-0", name="fw", slot=FIREWALL),
             component("for_slot", name="measure", slot=LENGTH))
    apply(bench, device(name, component("verdict-1", name="plain")))
    sentence = apply(bench, device(name, component("verdict-1", name="plain"), **policy), expect=1)
    assert "'plain' would lose its place" in sentence, sentence
    apply(bench, device(name, *fills, **policy))
    shown = bench.chain(name)
    assert [entry["name"] for entry in shown] == ["fw", "measure"], shown
    path = bench.directory / "exported.json"
    path.write_text(bench.xdpctl("export", "--objects", bench.directory / "objects"))
    before = settled(bench)
    assert "nothing to do" in bench.xdpctl("apply", path)
    assert bench.status() == before
    (planned,) = plan(bench, device(name, component("verdict-1", name="fw", slot=FIREWALL),
                                    fills[1], **policy))
    assert actions(planned) == [("replace", "fw"), ("keep", "measure")]
    assert not planned["differences"] and not planned["warnings"]
    sentence = apply(bench, device(name, *fills), expect=1)
    assert "'fw' would lose its place" in sentence, sentence
    for wrong, words in ((component("verdict-0", name="fw", slot="nosuch"), "nosuch"),
                         (component("verdict-0", name="fw", slot=FIREWALL, priority=1), "slot: "),
                         (component("verdict-0", name="fw"), "choose one with --slot")):
        sentence = apply(bench, device(name, wrong, **policy), expect=1)
        assert words in sentence and "devices[0].components[0]" in sentence, sentence
    assert bench.status() == before
    # Two components can change places.
    both = [component("verdict-0", name=who, slot=FIREWALL) for who in ("fw", "other")]
    sentence = apply(bench, device(name, *both, **policy), expect=1)
    assert "already holds" in sentence and "devices[0].components[1]" in sentence, sentence
    swapped = (component("for_slot", name="fw", slot=LENGTH),
               component("verdict-0", name="measure", slot=FIREWALL))
    apply(bench, device(name, *swapped, **policy))
    apply(bench, device(name, *fills, **policy))
    # A parked component stays parked.
    bench.xdpctl("policy", "clear", "--dev", name, "--park")
    path.write_text(bench.xdpctl("export"))
    assert "nothing to do" in bench.xdpctl("apply", path)
    said = apply(bench, device(name, *fills, **policy))
    assert "policy sha256:" in said, said
    assert [entry["state"] for entry in bench.chain(name)] == ["running", "running"]
    apply(bench, device(name, component("verdict-1", name="plain")))
    assert "policy" not in export(bench)["devices"][0]


def test_an_adopted_component_stays_adopted(bench):
    name = bench.device()
    bench.inside(bench.netns, "ip", "link", "set", name, "xdp", "obj", OBJECTS / "verdict-0.o",
                 "sec", "xdp")
    bench.xdpctl("adopt", "--dev", name)
    path = bench.directory / "exported.json"
    path.write_text(bench.xdpctl("export", "--objects", bench.directory / "objects"))
    before = settled(bench)
    assert "nothing to do" in bench.xdpctl("apply", path)
    assert bench.status() == before
    prog_id = bench.chain(name)[0]["prog_id"]
    document = json.loads(path.read_text())
    document["devices"][0]["components"].insert(
        0, {"object": str(OBJECTS / "verdict-1.o"), "name": "new"})
    path.write_text(json.dumps(document))
    bench.xdpctl("apply", path)
    assert bench.names(name) == ["new", "verdict"]
    assert bench.chain(name)[1]["prog_id"] == prog_id


def test_devices_that_do_not_exist_yet_are_provisioned(bench):
    name, there = bench.device(), f"{bench.id}c"
    absent = [device("later0", component("verdict-1", name="fw")),
              device("later1", component("verdict-2", name="fw"), netns=there)]
    path = write(bench, device(name, component("verdict-0", name="fw")), *absent)
    for verb in ("plan", "apply"):
        sentence = bench.xdpctl(verb, path, expect=1)
        assert "no network device 'later0'; with --allow-absent its chain waits" in sentence, sentence
    assert bench.status() == []
    planned = json.loads(bench.xdpctl("plan", "--json", path, "--allow-absent"))["plan"]
    assert [actions(entry) for entry in planned] == [[("add", "fw")]] * 3 and bench.status() == []
    said = bench.xdpctl("apply", path, "--allow-absent")
    assert "later0: the device does not exist at present; its chain runs as soon as it appears" in said, said
    assert {entry["ifname"]: entry["state"] for entry in bench.status()} == \
        {name: "attached", "later0": "absent", "later1": "absent"}
    assert "+ add" not in bench.xdpctl("plan", path), "managed devices need no option"
    bench.daemons[0].stop()
    bench.daemons[0].start()
    try:
        run("ip", "link", "add", "later0", "type", "veth", "peer", "name", "peer0")
        run("ip", "netns", "add", there)
        run("ip", "link", "add", "later1", "netns", there, "type", "veth", "peer", "name", "peer1")
        assert wait_for(lambda: all(entry["state"] == "attached" for entry in bench.status())), bench.status()
        bench.xdpctl("release", "--dev", "later1", "--netns", there)
    finally:
        run("ip", "netns", "del", there, check=False)
    bench.xdpctl("release", "--dev", "later0", "--dev", name)
    assert bench.status() == []


def test_an_absent_device_can_be_released_and_rolled_back(bench):
    path = write(bench, device("later0", component("verdict-1", name="fw")))
    bench.xdpctl("apply", path, "--allow-absent", "--confirm", "100")
    bench.xdpctl("revert")
    assert bench.status() == []
    bench.xdpctl("apply", path, "--allow-absent", "--confirm", "100")
    bench.xdpctl("confirm")
    bench.xdpctl("release", "--dev", "later0")
    assert bench.status() == []


def test_what_can_never_exist_is_refused(bench):
    bench.device()
    for entry, words in ((device("a-name-that-is-too-long"), "cannot have the name"),
                         (device("a/b"), "cannot have the name"),
                         (device("later0", netns=str(bench.directory)), "is not a network namespace")):
        assert words in bench.xdpctl("apply", write(bench, entry), "--allow-absent", expect=1)
    sentence = bench.xdpctl("apply", write(bench, device("later0"), device("later0")), "--allow-absent", expect=1)
    assert "are the same device" in sentence, sentence
