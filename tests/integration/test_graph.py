# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The graph shows what keeps what in memory, and what `why` predicts is freed."""
import hashlib
import json
import os
import re
import shutil
from xml.etree import ElementTree

from harness import BUILD, OBJECTS, UNIT, run, wait_for
from kernel_objects import census, open_pin, run_newest_rootlet


def settled(bench):
    """Wait until no generation is retiring."""
    bench.quiet()
    assert wait_for(lambda: not any(edge["relation"] == "retires" for edge in edges(bench)))


def graph(bench, *arguments):
    return json.loads(bench.xdpctl("graph", "--json", *arguments))


def edges(bench):
    return graph(bench)["edges"]


def why(bench, *arguments):
    answers = json.loads(bench.xdpctl("why", "--json", *arguments))["answers"]
    assert len(answers) == 1, answers
    return answers[0]


def begin(bench):
    """Two devices share a component with maps; one has another component after it."""
    device, other = bench.device(), bench.device()
    bench.attach("kind-maps", "--dev", device, "--dev", other, "--name", "shared")
    bench.attach("kind-global_data", "--dev", device, "--name", "own")
    settled(bench)
    return device, other


def kept_by(found, node):
    return {edge["from"] for edge in found["edges"] if edge["to"] == node}


def test_edges_are_those_of_status_and_of_the_kernel(bench):
    device, other = begin(bench)
    found = graph(bench)
    ids = {node["id"] for node in found["nodes"]}
    assert len(ids) == len(found["nodes"])
    assert {end for edge in found["edges"] for end in (edge["from"], edge["to"])} <= ids
    for entry in bench.status():
        rootlet = f"program:{entry['rootlet']['prog_id']}"
        assert f"link:{entry['rootlet']['link_id']}" in ids
        for component in entry["components"]:
            program = f"program:{component['prog_id']}"
            holders = kept_by(found, program)
            joins = {edge["from"] for edge in found["edges"] if edge["to"] == rootlet} & holders
            assert rootlet in holders or joins, holders
            assert "object:" + component["object"].removeprefix("sha256:") in ids
            for entry_map in component["maps"]:
                assert program in kept_by(found, f"map:{entry_map['id']}")
    chains = [node["id"] for node in found["nodes"] if node["kind"] == "chain"]
    shared = next(component for component in bench.chain(other))
    assert set(chains) <= kept_by(found, f"program:{shared['prog_id']}")
    confirmed = [edge for edge in found["edges"] if edge["record"] == "both"]
    assert any(edge["relation"] == "runs" for edge in confirmed)
    assert any(edge["to"].startswith("map:") for edge in confirmed)
    assert not any("difference" in edge for edge in found["edges"])


def test_slots_are_known_to_the_kernel(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device)
    found = graph(bench)
    slots = [node for node in found["nodes"] if node["kind"] == "slot"]
    if not slots:
        bench.skip("chains are fused here and have no slots")
    told = "both" if not bench.kernel_older(5, 13) else "xdpd"
    records = {edge["relation"]: edge["record"] for edge in found["edges"]
               if edge["from"] == slots[0]["id"]}
    assert records == {"is part of": told, "holds": "both"}, records
    if told == "both":
        assert slots[0]["name"] == "slot_0"
    assert not any(node["kind"] == "types" for node in found["nodes"])
    # A component that no packet reaches has no link, and keeps the program against which it was verified.
    bench.xdpctl("set", "verdict", "--proceed-on", "none", "--dev", device)
    bench.attach("kind-plain", "--dev", device, "--name", "unreached")
    types = [edge for edge in edges(bench) if edge["relation"] == "verified against"]
    told = 0 if bench.kernel_older(6, 0) else 1  # attach_btf_obj_id of bpf_prog_info
    assert [edge["record"] for edge in types] == ["kernel"] * told, types


def foretold(bench, *arguments):
    """After the detach, the kernel has what `why` predicted."""
    def numbers(ids, kind):
        return {int(name.split(":")[1]) for name in ids if name.startswith(f"{kind}:")}

    before = census()
    answer = why(bench, *arguments)
    known = {node["id"] for node in graph(bench)["nodes"]}
    going = {*answer["goes"], *answer["rebuilt"]}
    for place in answer["detached"]:
        bench.xdpctl("detach", place["name"], "--dev", place["device"])
    for kind, ids in (("program", "prog"), ("map", "map"), ("link", "link")):
        gone, kept = ({(ids, number) for number in numbers(nodes, kind)} for nodes in (going, known - going))
        assert gone <= before, "it was not there before"
        assert wait_for(lambda: not gone & census()), gone & census()
        assert kept <= census(), kept - census()
    return answer


def test_what_why_predicts_is_freed(bench):
    device, _ = begin(bench)
    answer = foretold(bench, "own")
    assert {place["device"] for place in answer["detached"]} == {device}
    assert any(name.startswith("map:") for name in answer["goes"])
    assert any(name.startswith("object:") for name in answer["goes"])


def test_devices_of_the_same_name_in_two_namespaces_are_told_apart(bench):
    device, there = bench.device(), bench.peer
    bench.attach("kind-maps", "--dev", device, "--name", "here")
    bench.attach("verdict-0", "--dev", device, "--netns", there, "--name", "there")
    answers = json.loads(bench.xdpctl("why", device, "--json"))["answers"]
    assert [answer["detached"] for answer in answers] == [
        [{"name": "here", "device": device}],
        [{"name": "there", "device": device, "netns": f"/run/netns/{there}"}]], answers
    assert "nothing on" in bench.xdpctl("why", "there", "--dev", device, expect=1)
    assert "nothing on" in bench.xdpctl("why", "here", "--dev", device, "--netns", there, expect=1)
    said = bench.xdpctl("why", "there", "--dev", device, "--netns", there)
    assert f"If you detached there from {device} in /run/netns/{there}, these would be freed:" in said, said
    assert "--netns needs --dev" in bench.xdpctl("why", "there", "--netns", there, expect=2)


def test_a_shared_program_stays_until_its_last_user_is_detached(bench):
    device, other = begin(bench)
    shared = bench.chain(other)[0]
    answer = foretold(bench, "shared", "--dev", device)
    assert answer["goes"] == [], answer
    settled(bench)
    answer = foretold(bench, "shared", "--dev", other)
    assert f"program:{shared['prog_id']}" in answer["goes"]
    assert {f"map:{entry['id']}" for entry in shared["maps"]} <= set(answer["goes"])


def test_libraries_are_held_by_their_users(bench):
    if bench.kernel_older(5, 13):
        bench.skip("global functions with pointers need Linux 5.13")
    device = bench.device()
    parser = OBJECTS / "library-parser.o"
    for name in ("one", "two"):
        bench.attach("library-user", "--dev", device, "--name", name, "--link", parser)
    settled(bench)
    library = "object:" + hashlib.sha256(parser.read_bytes()).hexdigest()
    programs = {f"program:{component['prog_id']}" for component in bench.chain(device)}
    assert kept_by(graph(bench), library) == programs and len(programs) == 2
    assert why(bench, "library-parser.o")["node"] == library
    text = bench.xdpctl("why", library)
    assert f"library-parser.o (library {library[7:19]}) is kept in memory by" in text, text
    assert library not in foretold(bench, "one")["goes"]
    assert library in foretold(bench, "two")["goes"]


def test_every_chain_of_holders_is_named(bench):
    device, other = begin(bench)
    shared = bench.chain(other)[0]
    an_array = next(entry["id"] for entry in shared["maps"] if entry["name"] == "an_array")
    roots = {chain[0]["from"] for chain in why(bench, "an_array")["chains"]}
    assert roots == {node["id"] for node in graph(bench)["nodes"]
                     if node["kind"] in ("device", "chain")}
    text = bench.xdpctl("why", f"map:{an_array}")
    assert f"chain of {other} -> shared {shared['prog_id']}" in text, text
    assert re.search(rf"^  {device} => XDP link \d+ => generation \d+ of {device} -> ", text,
                     re.MULTILINE), text
    assert f"If you detached shared from {device}, shared from {other}, these would be freed:" \
        in text, text


def test_things_are_found_by_all_their_names(bench):
    _, other = begin(bench)
    shared = bench.chain(other)[0]
    program = f"program:{shared['prog_id']}"
    digest = shared["object"].removeprefix("sha256:")
    assert why(bench, "shared")["node"] == program
    answers = json.loads(bench.xdpctl("why", "--json", shared["prog_name"]))["answers"]
    assert [answer["name"] for answer in answers] == ["shared", "own"]  # the name of one function
    assert why(bench, f"program {shared['prog_id']}")["node"] == program
    # A number alone can also be that of a map or a link.
    answers = json.loads(bench.xdpctl("why", "--json", shared["prog_id"]))["answers"]
    assert program in [answer["node"] for answer in answers]
    assert why(bench, program)["node"] == program
    assert why(bench, digest[:8])["node"] == why(bench, "sha256:" + digest)["node"]
    said = bench.xdpctl("why", "nobody", expect=1)
    assert said == "xdpctl: nothing is named 'nobody'; 'xdpctl graph' lists what there is\n"
    said = bench.xdpctl("why", "own", "--dev", other, expect=1)
    assert f"nothing on {other} is named 'own'" in said


def test_holders_outside_xdpd_are_named(bench):
    device, other = begin(bench)
    daemon = bench.daemons[0]
    shared = bench.chain(other)[0]
    an_array = next(entry["id"] for entry in shared["maps"] if entry["name"] == "an_array")
    an_lru = next(entry["id"] for entry in shared["maps"] if entry["name"] == "an_lru_hash")
    elsewhere = f"/sys/fs/bpf/{bench.id}-kept"
    run("bpftool", "map", "pin", "id", an_array, elsewhere)
    fd = open_pin(daemon.bpffs / f"components/{shared['prog_id']}/map-an_lru_hash")
    try:
        answer = why(bench, f"map:{an_array}")
        assert f"pin:{elsewhere}" in {chain[0]["from"] for chain in answer["chains"]}, answer
        assert f"map:{an_array}" not in answer["goes"]
        holders = {chain[0]["from"] for chain in why(bench, f"map:{an_lru}")["chains"]}
        assert (f"process:{os.getpid()}" in holders) == (not UNIT), holders
        if UNIT:
            bench.skip("in the sandbox nobody may look into processes (CAP_SYS_PTRACE)")
        assert f"{elsewhere} => an_array {an_array}\n" in bench.xdpctl("why", "an_array")
        text = bench.xdpctl("graph", "--others")
        assert f"{elsewhere} (pin)\n└─ pins an_array (map {an_array})\n" in text, text
        # xdpd's own pins and links are not outside holders, which are shown only with --others.
        found = graph(bench, "--others")
        assert not [node for node in found["nodes"] if str(daemon.bpffs) in node["id"]]
        assert not [edge for edge in found["edges"] if edge["relation"] == "is linked to"]
        assert "pin" not in {node["kind"] for node in graph(bench)["nodes"]}
        foretold(bench, "shared")
        assert {("map", an_array), ("map", an_lru)} <= census()
    finally:
        os.unlink(elsewhere)
        os.close(fd)


def test_an_outside_program_that_uses_a_map_is_named(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "ours")
    component = bench.chain(device)[0]
    place = bench.daemons[0].bpffs / f"components/{component['prog_id']}"
    elsewhere = f"/sys/fs/bpf/{bench.id}-theirs"
    maps = [word for path in place.glob("map-*")
            for word in ("map", "name", path.name.removeprefix("map-"), "pinned", path)]
    run("bpftool", "prog", "load", OBJECTS / "kind-maps.o", elsewhere, *maps)
    try:
        theirs = json.loads(run("bpftool", "-j", "prog", "show", "pinned", elsewhere).stdout)["id"]
        holders = {edge["from"] for edge in why(bench, "a_hash")["chains"][-1]}
        roots = {chain[0]["from"] for chain in why(bench, "a_hash")["chains"]}
        assert f"program:{theirs}" in roots | holders, roots
    finally:
        os.unlink(elsewhere)


def test_a_difference_from_the_kernels_record_is_shown(bench):
    begin(bench)
    run_newest_rootlet(bench.daemons[0].bpffs)
    differences = [edge["difference"] for edge in edges(bench) if "difference" in edge]
    assert len(differences) == 1 and "according to the kernel, v0 runs program" in differences[0]
    assert f"<-- {differences[0]}" in bench.xdpctl("graph")
    assert "contradict 1" in bench.xdpctl("graph")
    assert f"but {differences[0]}" in bench.xdpctl("why", "own")


def test_an_absent_device_keeps_its_chain(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device)
    object_id = bench.chain(device)[0]["object"].replace("sha256:", "object:")
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    settled(bench)
    found = graph(bench)
    assert {node["kind"] for node in found["nodes"]} >= {"device", "chain", "object"}
    assert why(bench, object_id)["chains"]
    assert "generation" not in {node["kind"] for node in found["nodes"]}


def test_one_device_shows_what_it_holds(bench):
    device, other = begin(bench)
    found = graph(bench, "--dev", other)
    assert {node["name"] for node in found["nodes"] if node["kind"] == "device"} == {other}
    assert bench.xdpctl("graph", "--dev", "nosuch0", expect=1)
    bench.xdpctl("release", "--dev", device, "--dev", other)
    assert graph(bench) == {"nodes": [], "edges": []}
    assert bench.xdpctl("graph") == "no managed devices; 'xdpctl attach' adds one\n"


def test_text_names_everything_in_full_once(bench):
    begin(bench)
    text = bench.xdpctl("graph")
    found = graph(bench)
    for node in found["nodes"]:
        if "kernel_id" in node and node["kind"] != "device":
            noun = node["id"].split(":")[0]
            assert re.search(rf"\b{noun} {node['kernel_id']}\b", text), (node, text)
    assert "contradict none" in text


def test_pictures_are_drawn_by_graphviz(bench):
    begin(bench)
    if not shutil.which("dot"):
        bench.skip("graphviz is not here")
    found = graph(bench)
    for svg in (bench.xdpctl("graph", "--svg"),
                run("dot", "-Tsvg", input=bench.xdpctl("graph", "--dot")).stdout):
        root = ElementTree.fromstring(svg)
        titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
        assert {node["id"] for node in found["nodes"]} <= set(titles)


def drawn_order(bench, dot):
    """The names of components as a picture has them, from top to bottom."""
    plain = run("dot", "-Tplain", input=dot).stdout.splitlines()
    rows = [re.match(r'node "?([^ "]+)"? [\d.]+ ([\d.]+) [\d.]+ [\d.]+ "(\S+) \(component', line) for line in plain]
    return [row[3] for row in sorted(filter(None, rows), key=lambda row: -float(row[2]))]


def test_a_picture_has_each_arrow_once_and_components_in_order(bench):
    if not shutil.which("dot"):
        bench.skip("graphviz is not here")
    device, other = bench.device(), bench.device()
    limit = json.loads(bench.xdpctl("features", "--json"))["components_max"]
    names = [f"c{number}" for number in range(min(limit, 24 if bench.emulated else 32))]
    for number, name in enumerate(names):
        bench.attach("kind-global_data" if number % 10 == 0 else "verdict-2", "--dev", device, "--name", name)
    bench.attach("kind-maps", "--dev", other, "--name", "alone")
    settled(bench)
    dot = bench.xdpctl("graph", "--dot", "--dev", device)
    assert drawn_order(bench, dot) == names
    dot = bench.xdpctl("graph", "--dot")
    assert [name for name in drawn_order(bench, dot) if name != "alone"] == names
    arrows = re.findall(r'^\t("[^"]+" -> "[^"]+") \[', dot, re.MULTILINE)
    assert len(arrows) > len(names) and len(set(arrows)) == len(arrows)
    assert len(re.findall("subgraph", dot)) == 2
    assert f'label="{device}"' in dot and f'label="wants {len(names)}"' in dot
    # What the rootlet uses is drawn at the component that it comes from.
    (maps,) = [entry for entry in bench.chain(other)[0]["maps"] if entry["name"] == "a_hash"]
    assert len(re.findall(rf'-> "map:{maps["id"]}"', dot)) == 1, dot


def test_a_picture_of_too_many_devices_names_one_to_choose(bench):
    if not shutil.which("dot"):
        bench.skip("graphviz is not here")
    devices = [bench.device() for _ in range(17)]
    bench.attach("verdict-2", *[word for device in devices for word in ("--dev", device)])
    said = bench.xdpctl("graph", "--svg", expect=1)
    assert "17 devices do not fit into one readable picture" in said, said
    line = re.search("'xdpctl (graph --svg --dev [a-z0-9]+)'", said)[1]
    assert "<svg" in bench.xdpctl(*line.split())


def test_without_graphviz_the_error_names_it(bench):
    begin(bench)
    done = run(BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "graph", "--svg",
               check=False, env={"PATH": "/nonexistent"})
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("xdpctl: cannot run Graphviz's 'dot'") and \
        "install graphviz" in done.stderr, done.stderr


def test_a_shared_map_is_held_by_each_of_its_users(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "owner")
    bench.attach("kind-maps", "--dev", device, "--name", "user", "--map", "an_array=owner:an_array")
    settled(bench)
    owner, user = bench.chain(device)
    shared = next(f"map:{entry['id']}" for entry in owner["maps"] if entry["name"] == "an_array")
    programs = {f"program:{component['prog_id']}" for component in (owner, user)}
    assert programs <= kept_by(graph(bench), shared)
    assert shared not in foretold(bench, "owner")["goes"]
    settled(bench)
    assert shared in foretold(bench, "user")["goes"]


def test_a_policy_is_held_by_its_chain(bench):
    device = bench.device()
    examples = BUILD / "examples"
    bench.xdpctl("policy", "set", examples / "policy_by_protocol.bpf.o", "--dev", device)
    bench.xdpctl("attach", examples / "web_only.bpf.o", "--dev", device, "--slot", "on_tcp")
    settled(bench)
    found = graph(bench)
    (edge,) = [edge for edge in found["edges"] if edge["relation"] == "has policy"]
    assert f"{edge['name']} " in bench.xdpctl("why", edge["to"])
    slots = [node["name"] for node in found["nodes"] if node["kind"] == "slot"]
    assert slots in ([], ["on_tcp"]), slots  # a fused chain has none
    assert not any("difference" in edge for edge in found["edges"])
    assert edge["to"] not in foretold(bench, "web_only")["goes"]


def test_a_listed_device_shows_no_holders_outside_xdpd(bench):
    if json.loads(bench.xdpctl("features", "--json"))["linker"] == "fused":
        bench.skip("the linker makes no extensions")
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--interop", "libxdp")
    settled(bench)
    found = graph(bench, "--others")
    assert {"extension"} <= {node["kind"] for node in found["nodes"]}
    assert not {"pin", "link", "program"} & {node["kind"] for node in found["nodes"]}, found
    assert "verdict" in json.dumps(foretold(bench, "verdict"))
