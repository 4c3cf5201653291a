"""Computes the root of an exported log from its leaves, with nothing but Python, and compares it with the signed head.

python3 check.py FOLDER
"""
import base64
import hashlib
import pathlib
import sys


def path(number):
    """1234067 as x001/x234/067."""
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03}")
    return "/".join(parts)


def tree(hashes):
    """The root over leaf hashes (RFC 6962)."""
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(hashes[:left]) + tree(hashes[left:])).digest()


log = pathlib.Path(sys.argv[1]) / "log"
origin, size, root = (log / "checkpoint").read_text().split("\n")[:3]
size, leaves = int(size), []
for number in range((size + 255) // 256):
    width = min(256, size - 256 * number)
    name = path(number) + ("" if width == 256 else f".p/{width}")
    bundle = (log / "tile" / "entries" / name).read_bytes()
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        leaves.append(hashlib.sha256(b"\0" + bundle[2 : 2 + length]).digest())
        bundle = bundle[2 + length :]
found = base64.b64encode(tree(leaves)).decode() if leaves else "no entries"
print(f"{origin}: {size} entries, root {root}: {'yes' if found == root else 'no, the leaves have ' + found}")
sys.exit(0 if found == root else 7)
