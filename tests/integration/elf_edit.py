# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Edits a BPF object file (ELF64, little endian) in ways that no compiler would produce."""
import struct

HEADER = "<IIQQQQIIQQ"  # fields of a section header
NAME, TYPE, FLAGS, ADDRESS, OFFSET, SIZE, LINK, INFO, ALIGN, ENTRY_SIZE = range(10)
SYMBOLS, RELOCATIONS = 2, 9  # types of sections


class Elf:
    """An object file in memory; `data` has the edited bytes."""

    def __init__(self, path):
        self.data = bytearray(path.read_bytes())
        self.headers_at, = struct.unpack_from("<Q", self.data, 40)
        self.count, names = struct.unpack_from("<HH", self.data, 60)
        self.names_at = self.header(names)[OFFSET]

    def header_at(self, number):
        return self.headers_at + struct.calcsize(HEADER) * number

    def header(self, number):
        return list(struct.unpack_from(HEADER, self.data, self.header_at(number)))

    def text(self, place):
        return self.data[place:self.data.index(b"\0", place)].decode()

    def number(self, section):
        return next(number for number in range(self.count)
                    if self.text(self.names_at + self.header(number)[NAME]) == section)

    def set_header(self, section, field, value):
        number = self.number(section)
        header = self.header(number)
        header[field] = value
        struct.pack_into(HEADER, self.data, self.header_at(number), *header)

    def bytes_of(self, section):
        header = self.header(self.number(section))
        return bytes(self.data[header[OFFSET]:header[OFFSET] + header[SIZE]])

    def replace(self, section, content):
        """Appends the new contents of the section to the file."""
        self.data += bytes(-len(self.data) % 8)
        self.set_header(section, OFFSET, len(self.data))
        self.set_header(section, SIZE, len(content))
        self.data += content

    def add_sections(self, names, content, align):
        """Adds code sections with these names; all of them share the same content, at the end of the file."""
        number, = struct.unpack_from("<H", self.data, 62)
        strings = self.text(self.names_at + self.header(number)[NAME])
        texts = bytearray(self.bytes_of(strings))
        places = []
        for name in names:
            places.append(len(texts))
            texts += name.encode() + b"\0"
        self.replace(strings, texts)
        self.names_at = self.header(number)[OFFSET]
        table = self.data[self.headers_at:self.header_at(self.count)]
        self.data += bytes(-len(self.data) % 8)
        self.headers_at = len(self.data)
        self.count += len(names)
        content_at = self.header_at(self.count)
        for place in places:
            table += struct.pack(HEADER, place, 1, 6, 0, content_at, len(content), 0, 0, align, 0)
        self.data += table + content
        struct.pack_into("<Q", self.data, 40, self.headers_at)
        struct.pack_into("<H", self.data, 60, self.count)

    def symbol_at(self, name):
        header = self.header(self.number(".symtab"))
        strings = self.header(header[LINK])[OFFSET]
        for place in range(header[OFFSET], header[OFFSET] + header[SIZE], header[ENTRY_SIZE]):
            if self.text(strings + struct.unpack_from("<I", self.data, place)[0]) == name:
                return place
        raise KeyError(name)

    def set_symbol_section(self, name, number):
        struct.pack_into("<H", self.data, self.symbol_at(name) + 6, number)

    def section_symbol(self, section):
        """The index of the symbol of the section."""
        header, wanted = self.header(self.number(".symtab")), self.number(section)
        for number in range(header[SIZE] // header[ENTRY_SIZE]):
            _, info, _, index = struct.unpack_from("<IBBH", self.data, header[OFFSET] +
                                                   number * header[ENTRY_SIZE])
            if info & 15 == 3 and index == wanted:
                return number
        raise KeyError(section)

    def set_relocation(self, section, number, offset, symbol):
        place = self.header(self.number(section))[OFFSET] + 16 * number
        kind, = struct.unpack_from("<I", self.data, place + 8)
        struct.pack_into("<QII", self.data, place, offset, kind, symbol)

    def write(self, path):
        path.write_bytes(self.data)
        return path


class Btf:
    """The contents of a .BTF section, to which types can be added."""

    HEADER = "<HBBIIIII"

    def __init__(self, content):
        *self.head, size, types_at, types_size, strings_at, strings_size = \
            struct.unpack_from(self.HEADER, content)
        self.head.append(size)
        self.types = bytearray(content[size + types_at:][:types_size])
        self.strings = bytearray(content[size + strings_at:][:strings_size])
        self.count = sum(1 for _ in self.each())

    def each(self):
        """The offset of each type."""
        more = {1: 4, 3: 12, 14: 4, 17: 4}  # bytes after the first twelve, by kind
        more_each = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
        place = 0
        while place < len(self.types):
            yield place
            info, = struct.unpack_from("<I", self.types, place + 4)
            kind = info >> 24 & 31
            place += 12 + more.get(kind, 0) + more_each.get(kind, 0) * (info & 0xffff)

    def add_string(self, text):
        self.strings += text.encode() + b"\0"
        return len(self.strings) - len(text) - 1

    def add_int(self, name):
        self.types += struct.pack("<IIII", self.add_string(name), 1 << 24, 4, 32)
        self.count += 1
        return self.count

    def add_struct(self, name, member, member_type):
        """Names are given by their offsets in the string table."""
        self.types += struct.pack("<IIIIII", name, 4 << 24 | 1, 4, member, member_type, 0)
        self.count += 1
        return self.count

    def content(self):
        return struct.pack(self.HEADER, *self.head, 0, len(self.types), len(self.types),
                           len(self.strings)) + bytes(self.types) + bytes(self.strings)
