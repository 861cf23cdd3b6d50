"""Reads an exported log with a library that shares no code with Portcullis: scrutinise.py FOLDER VKEY [RECEIPT...]

Every head is signed and continued by the newest, every entry is under it, and so is every receipt's. Says the first thing that is not so.
"""

import base64
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    consistency_proof_from_tiles,
    inclusion_proof_from_tiles,
    leaf_hash,
    parse_note,
    parse_vkey,
    read_entry,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
)


def insist(holds, otherwise):
    if not holds:
        sys.exit(otherwise)


def head(note, key, where):
    found = verify_checkpoint(parse_note(note), key, expected_origin=key.name)
    insist(found.ok, f"{where}: {found.error}")
    return found.size, found.root


def receipt(path, key):
    """C2SP tlog-proof: a title, the entry, its index, hashes, an empty line, the head."""
    above, note = path.read_text().split("\n\n", 1)
    title, extra, index, *proof = above.split("\n")
    insist(title == "c2sp.org/tlog-proof@v1", f"{path}: no receipt")
    size, root = head(note, key, path)
    entry = base64.b64decode(extra.removeprefix("extra "), validate=True)
    proof = [base64.b64decode(line, validate=True) for line in proof]
    under = verify_inclusion(leaf_hash(entry), int(index.removeprefix("index ")), size, proof, root)
    insist(under, f"{path}: its entry is not under its head")
    return size, root


def main(folder, vkey, *receipts):
    folder, key = Path(folder), parse_vkey(vkey)
    reader = FileSystemTileReader(folder)
    files = sorted((folder / "heads").iterdir()) + [folder / "checkpoint"]
    heads = [(path, *head(path.read_text(), key, path)) for path in files]
    size, root = heads[-1][1:]
    heads += [(path, *receipt(Path(path), key)) for path in receipts]
    for path, old, was in heads:
        proof = consistency_proof_from_tiles(reader, old, size)
        insist(verify_consistency(old, size, was, root, proof), f"{path}: the newest head does not continue it")
    for index in range(size):
        entry = read_entry(reader, index, size)
        proof = inclusion_proof_from_tiles(reader, index, size)
        insist(verify_inclusion(leaf_hash(entry), index, size, proof, root), f"entry {index} is not under the head")
    print(f"{size} entries, {len(files)} heads, {len(receipts)} receipt{'s' * (len(receipts) != 1)}: right")


main(*sys.argv[1:])
