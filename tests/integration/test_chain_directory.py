# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A directory of chain files: each file belongs to an owner of its own, and a broken one does not keep the others from
being applied."""
import json
import os
import random
import shutil

from harness import OBJECTS, SCALE


class Directory:
    """A directory chains.d, with the objects beside it."""

    def __init__(self, bench):
        self.bench = bench
        self.path = bench.directory / "chains.d"
        self.path.mkdir()

    def write(self, name, *devices):
        self.file(name).write_text(json.dumps({"devices": [
            {"name": device, "components": components} for device, components in devices]}))

    def file(self, name):
        return self.path / f"{name}.json"

    def apply(self, *options, **more):
        return self.bench.xdpctl("apply", "--directory", self.path, *options, **more)


def component(name, kind="verdict-2", **more):
    return {"object": str(OBJECTS / f"{kind}.o"), "name": name, **more}


def owners(bench, name):
    return [(entry["name"], entry.get("owner")) for entry in bench.chain(name)]


def refused(bench):
    """The files that the status shows as refused."""
    return [(entry["owner"], entry["why"]) for entry in bench.call("Status").get("refused_files", [])]


def test_each_file_is_applied_changed_and_removed(bench):
    name, other, directory = bench.device(), bench.device(), Directory(bench)
    bench.attach("verdict-2", "--dev", name, "--name", "by-hand", "--owner", "team")
    directory.write("web", (name, [component("w", priority=60)]))
    directory.write("base", (name, [component("b", "kind-maps", priority=10)]), (other, [component("b")]))
    (directory.path / ".hidden.json").write_text("{")
    (directory.path / "note.txt").write_text("{")
    said = directory.apply()
    assert f"{directory.file('web')}:\n" in said and f"{name}: matches the file" in said, said
    assert owners(bench, name) == [("b", "chains.d/base"), ("by-hand", "team"), ("w", "chains.d/web")]
    assert owners(bench, other) == [("b", "chains.d/base")]
    before = bench.status()
    assert directory.apply() == "" and bench.status() == before

    directory.write("base", (name, [component("b", "kind-maps", priority=10)]))
    directory.apply()
    assert owners(bench, other) == []
    kept = bench.chain(name)[0]["prog_id"]
    directory.file("web").unlink()
    said = directory.apply()
    assert "the file of owner chains.d/web was removed:\n" in said, said
    assert owners(bench, name) == [("b", "chains.d/base"), ("by-hand", "team")]
    assert bench.chain(name)[0]["prog_id"] == kept


def test_a_broken_file_is_refused_with_its_place_while_the_others_apply(bench):
    name, directory = bench.device(), Directory(bench)
    directory.file("a").write_text('{"devices": [\n  {"name": "v0",,}]}')
    directory.write("b", (name, [component("b", "bad-verifier")]))
    directory.write("c", (name, [component("c", priorty=1)]))
    directory.write("d", (name, [component("d"), {"object": "nothing.o"}]))
    directory.write("e", (name, [component("e")]))
    done = bench.try_xdpctl("apply", "--directory", directory.path)
    message = done.stderr
    assert done.returncode == 1
    for place in (f"xdpctl: {directory.file('a')}: line 2, column 17: ",
                  f"xdpctl: {directory.file('b')}: devices[0].components[0]: ",
                  f"xdpctl: {directory.file('c')}: devices[0].components[0]: unknown field 'priorty'",
                  f"xdpctl: {directory.file('d')}: devices[0].components[1].object: cannot open 'nothing.o'"):
        assert f"\n{place}" in f"\n{message}", (place, message)
    assert owners(bench, name) == [("e", "chains.d/e")]

    assert [owner for owner, _ in refused(bench)] == [f"chains.d/{letter}" for letter in "abcd"]
    assert refused(bench)[0][1].startswith("line 2, column 17: "), refused(bench)
    said = bench.xdpctl("status")
    assert f"\n{directory.file('d')} was refused: devices[0].components[1].object: cannot open 'nothing.o'" in said
    done = bench.try_xdpctl("status", "--check")
    assert done.returncode == 1 and done.stdout.count(" was refused: ") == 4, done
    said = bench.xdpctl("status", "--owner", "chains.d/a")
    assert said.count(" was refused: ") == 1, said

    for letter in "abcd":
        directory.write(letter, (name, [component(letter)]))
    directory.file("c").unlink()
    directory.apply()
    assert refused(bench) == [] and bench.xdpctl("status", "--check") == ""
    assert sorted(owners(bench, name)) == [(letter, f"chains.d/{letter}") for letter in "abde"]


def test_a_file_that_would_keep_everybody_waiting_is_refused(bench):
    name, directory = bench.device(), Directory(bench)
    os.mkfifo(directory.file("a"))
    directory.file("b").symlink_to(directory.file("a"))
    directory.write("c", (name, [component("c")]))
    done = bench.try_xdpctl("apply", "--directory", directory.path)
    assert done.returncode == 1
    for letter in "ab":
        assert f"cannot open '{directory.file(letter)}': it is not a regular file" in done.stderr, done.stderr
    assert owners(bench, name) == [("c", "chains.d/c")]


def test_a_broken_file_keeps_what_it_had(bench):
    name, directory = bench.device(), Directory(bench)
    directory.write("a", (name, [component("a")]))
    directory.apply()
    directory.file("a").write_text("{")
    directory.apply(expect=1)
    assert owners(bench, name) == [("a", "chains.d/a")]
    directory.file("a").unlink()
    directory.apply()
    assert owners(bench, name) == [] and refused(bench) == []


def test_a_name_moves_from_one_file_to_another(bench):
    name, directory = bench.device(), Directory(bench)
    directory.write("b", (name, [component("x"), component("y")]))
    directory.apply()
    directory.write("a", (name, [component("x")]))
    message = directory.apply(expect=1)
    assert "already has a component 'x', which belongs to owner 'chains.d/b', so owner 'chains.d/a' cannot" in message
    directory.write("b", (name, [component("y")]))
    directory.apply()
    assert sorted(owners(bench, name)) == [("x", "chains.d/a"), ("y", "chains.d/b")]
    directory.file("a").unlink()
    directory.write("b", (name, [component("x"), component("y")]))
    directory.apply()
    assert sorted(owners(bench, name)) == [("x", "chains.d/b"), ("y", "chains.d/b")]


def test_a_device_may_appear_later(bench):
    name, directory = bench.device(), Directory(bench)
    bench.delete(name)
    directory.write("a", (name, [component("a")]))
    directory.apply()
    assert bench.status()[0]["state"] == "absent"
    bench.device(name=name)
    assert bench.status()[0]["state"] == "attached" and bench.names(name) == ["a"]


def test_files_that_changed_while_the_daemon_was_stopped_are_applied_at_its_next_start(bench):
    name, directory, daemon = bench.device(), Directory(bench), bench.daemon()
    directory.write("a", (name, [component("a")]))
    directory.write("b", (name, [component("b")]))
    directory.apply()
    daemon.stop()
    daemon.forget_the_kernel()
    directory.file("a").unlink()
    directory.write("c", (name, [component("c")]))
    daemon.start()
    directory.apply()
    assert owners(bench, name) == [("b", "chains.d/b"), ("c", "chains.d/c")]


def test_a_directory_that_is_missing_removes_nothing(bench):
    name, directory = bench.device(), Directory(bench)
    shutil.rmtree(directory.path)
    assert directory.apply() == ""
    directory.path.mkdir()
    directory.write("a", (name, [component("a")]))
    directory.apply()
    shutil.rmtree(directory.path)
    message = directory.apply(expect=1)
    assert "there is no directory" in message and "owner 'chains.d/a' has components" in message, message
    assert owners(bench, name) == [("a", "chains.d/a")]


def test_a_directory_is_all_that_can_be_given(bench):
    directory = Directory(bench)
    bench.xdpctl("apply", expect=2)
    bench.xdpctl("apply", "x.json", "--directory", directory.path, expect=2)
    directory.apply("--owner", "a", expect=2)
    directory.apply("--confirm", "5s", expect=2)
    directory.file("a b").write_text('{"devices": []}')
    message = directory.apply(expect=1)
    assert "'chains.d/a b' cannot be the name of an owner" in message


def test_a_directory_is_always_true_in_the_end(bench):
    """Components wander between files, in any order."""
    seed = 41
    rng = random.Random(seed)
    name, directory = bench.device(), Directory(bench)
    where = {letter: None for letter in "abcde"}
    for number in range(int(16 * SCALE)):
        where[rng.choice("abcde")] = rng.choice(["one", "two", "three", None])
        for file in ("one", "two", "three"):
            has = [component(letter, priority=rng.choice([10, 20])) for letter, place in where.items() if place == file]
            if has or rng.random() < 0.5:
                directory.write(file, (name, has))
            else:
                directory.file(file).unlink(missing_ok=True)
        directory.apply()
        expected = {(letter, f"chains.d/{place}") for letter, place in where.items() if place}
        found = set(owners(bench, name)) if bench.status() else set()
        assert found == expected, (seed, number, expected, found)
