"""Empties the GPU code of other architectures in a library, in place: the file keeps its length, and packs to half.

    python3 keep_architecture.py LIBRARY 90

A CUDA library holds code for each architecture in "fat binaries" (section .nv_fatbin): a header, then entries, each with a header that names
its architecture. The driver takes the entry that fits its GPU and looks at no other's content, which is filled with zeros here. For
carrying a library to a machine whose GPU is known; not for a library that stays.
"""
import collections
import mmap
import struct
import sys

MAGIC = 0xBA55ED50


def section(data, wanted):
    """-> (offset, size) of a section of an ELF file"""
    table, = struct.unpack_from('<Q', data, 0x28)
    size, count, names = struct.unpack_from('<HHH', data, 0x3a)
    headers = [struct.unpack_from('<IIQQQQ', data, table + i * size) for i in range(count)]
    strings = headers[names][4]
    for name, _, _, _, offset, length in headers:
        if data[strings + name:data.find(b'\0', strings + name)] == wanted:
            return offset, length
    raise SystemExit(f'{sys.argv[1]}: expected a section {wanted.decode()}, found none')


def main():
    path, keep = sys.argv[1], int(sys.argv[2])
    kept, emptied = collections.Counter(), collections.Counter()
    with open(path, 'r+b') as file, mmap.mmap(file.fileno(), 0) as data:
        at, length = section(data, b'.nv_fatbin')
        end = at + length
        while at < end:
            if end - at < 16 or struct.unpack_from('<I', data, at)[0] != MAGIC:
                if data[at:at + 8].strip(b'\0'):
                    raise SystemExit(f'{path}: expected a fat binary at {at:#x}, found {data[at:at + 8].hex()}')
                at += 8  # between two of them
                continue
            _, _, header, size = struct.unpack_from('<IHHQ', data, at)
            entry, at = at + header, at + header + size
            while entry < at:
                _, _, entry_header, content = struct.unpack_from('<HHIQ', data, entry)
                architecture, = struct.unpack_from('<I', data, entry + 0x1c)
                first = entry + entry_header
                if architecture == keep:
                    kept[architecture] += content
                else:
                    data[first:first + content] = bytes(content)
                    emptied[architecture] += content
                entry = first + content
            if entry != at:
                raise SystemExit(f'{path}: expected entries to end at {at:#x}, found {entry:#x}')
    if not kept:
        raise SystemExit(f'{path}: expected code for architecture {keep}, found {sorted(emptied)}')
    for what, sizes in (('kept', kept), ('emptied', emptied)):
        print(f'{what}: ' + ', '.join(f'sm_{name} {size / 1e6:.1f} MB' for name, size in sorted(sizes.items())))


if __name__ == '__main__':
    main()
