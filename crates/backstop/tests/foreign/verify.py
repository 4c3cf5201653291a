"""Three log tools that other people wrote in Python look at our logs: aics-tlog, tlog-scales and the witness aics-witness.

verify.py CASES: for each folder in CASES and each tool one line, tool, folder, verdict, apart by tabs; the verdict is
"yes", or the part at which the tool refused and its words. verify.py --edges FILE: the same for Ed25519 vectors.
What the tools do not do themselves is done here and marked "glue".
"""

import functools
import json
import sys
import tempfile
from pathlib import Path

import aics_tlog
import aics_witness
from aics_tlog import cosign, note, tiles
from aics_witness.config import LogConfig
from aics_witness.protocol import format_add_checkpoint_request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tlog_scales import signing, tlog
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import leaf_hash
from tlog_scales.utils import b64dec

TIME_S = 1_775_900_000


class Refused(Exception):
    def __init__(self, why, part=None):
        super().__init__(why)
        self.part = part


def refuse(unless, why):
    if not unless:
        raise Refused(why)


class Case:
    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log"
        self.key = (folder / "key").read_text()
        self.witness = (folder / "witness").read_text()
        self.checkpoint = (self.log / "checkpoint").read_bytes()
        self.held = (folder / "held").read_bytes()
        self.proof = (folder / "proof").read_text().splitlines()
        self.entry = (folder / "entry").read_bytes()

    def receipt(self):
        """Glue: the lines of a receipt; none of these tools reads one."""
        head, gap, checkpoint = (self.folder / "receipt").read_text().partition("\n\n")
        lines = head.split("\n")
        refuse(gap and lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index "), "not a receipt")
        index = lines[1][len("index "):]
        refuse(index.isdecimal() and str(int(index)) == index, "not an index")
        return int(index), lines[2:], checkpoint.encode()


class AicsTlog:
    def __init__(self, case):
        self.case = case
        self.key = note.parse_vkey(case.key)
        self.witness = note.parse_vkey(case.witness)

    def open(self, data, witnesses):
        result = aics_tlog.verify_checkpoint(
            note.parse_note(data), self.key, witnesses, len(witnesses), expected_origin=self.key.name
        )
        refuse(result.ok, result.error)
        return result

    def checkpoint(self):
        self.head = self.open(self.case.checkpoint, [self.witness])

    def tree(self):
        aics_tlog.audit_tiles(tiles.FileSystemTileReader(self.case.log), self.head.size, self.head.root)

    def history(self):
        held = self.open(self.case.held, [])
        refuse(held.size <= self.head.size, "rolled back")
        reader = tiles.FileSystemTileReader(self.case.log)
        own = tiles.consistency_proof_from_tiles(reader, held.size, self.head.size)
        for proof in (own, [note.b64_decode(line) for line in self.case.proof]):
            sound = aics_tlog.verify_consistency(held.size, self.head.size, held.root, self.head.root, proof)
            refuse(sound, "history was rewritten")

    def receipt(self):
        index, proof, checkpoint = self.case.receipt()
        head = self.open(checkpoint, [])
        hashes = [note.b64_decode(line) for line in proof]
        sound = aics_tlog.verify_leaf_inclusion(self.case.entry, index, head.size, hashes, head.root)
        refuse(sound, "the entry is not included")


class TlogScales:
    def __init__(self, case):
        self.case = case
        self.key = signing.Vkey.from_string(case.key)
        self.witness = signing.Vkey.from_string(case.witness)

    def open(self, data):
        head = tlog.Checkpoint.from_text(data.decode())
        head.verify(self.key)
        refuse(head.origin == self.key.name, "another origin")  # glue
        return head

    def checkpoint(self):
        self.head = self.open(self.case.checkpoint)
        witnessed = signing.VkeySet(self.witness).verify(self.head.signatures, self.head)
        refuse(witnessed, "no witness")  # glue: it only collects them

    def reader(self):
        reader = TilesReader(LocalBackend(self.case.log))
        reader.set_size(self.head.size)
        reader.mth = functools.lru_cache(None)(reader.mth)  # glue: the same answers, once each
        return reader

    def tree(self):
        reader = self.reader()
        refuse(reader.calculate_root_hash() == self.head.root_hash, "another root")
        for index in range(self.head.size):
            proof = reader.get_inclusion_proof(index, self.head.size)
            proof.check(leaf_hash(reader.get_entry(index)), self.head.root_hash)

    def history(self):
        held = self.open(self.case.held)
        refuse(held.size <= self.head.size, "rolled back")  # glue
        own = self.reader().get_consistency_proof(held.size, self.head.size)
        given = tlog.ConsistencyProof(held.size, self.head.size, [b64dec(line) for line in self.case.proof])
        for proof in (own, given):
            proof.check(held.root_hash, self.head.root_hash)

    def receipt(self):
        index, proof, checkpoint = self.case.receipt()
        head = self.open(checkpoint)
        included = tlog.InclusionProof(index, head.size, [b64dec(line) for line in proof])
        included.check(leaf_hash(self.case.entry), head.root_hash)


class AicsWitness:
    """A witness that cosigned the checkpoint we hold, asked to cosign the one that is shown."""

    def __init__(self, case):
        self.case = case

    def checkpoint(self):
        key = note.parse_vkey(self.case.key)
        with tempfile.TemporaryDirectory() as folder:
            store = aics_witness.WitnessStore(Path(folder) / "state.db", create=True)
            witness = aics_witness.Witness(
                "witness.example/other",
                Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
                store,
                [LogConfig(key.name, (key,))],
                clock=lambda: TIME_S,
            )
            old = 0
            held = aics_tlog.parse_checkpoint(note.parse_note(self.case.held).text)
            witness.add_checkpoint(format_add_checkpoint_request(0, [], self.case.held))
            old = held.size
            proof = "".join(f"{line}\n" for line in self.case.proof)
            body = f"old {old}\n{proof}\n".encode() + self.case.checkpoint
            try:
                line = witness.add_checkpoint(body)
            except aics_witness.WitnessError as error:
                about_held = error.status in (409, 422) or "old size" in error.message
                raise Refused(f"{error.status} {error.message}", "history" if about_held else None) from None
            finally:
                store.close()
            shown = aics_tlog.parse_checkpoint(note.parse_note(self.case.checkpoint).text)
            signature = note.parse_note(b"x\n\n" + line).signatures[0].signature
            sound = cosign.verify_cosignature(
                signature, witness.name, witness.vkey.public_key, shown.origin, shown.size, shown.root,
                shown.extension_lines,
            )
            refuse(sound, "its own cosignature does not verify")

    def tree(self):
        pass

    def history(self):
        pass

    def receipt(self):
        pass


TOOLS = {"aics-tlog": AicsTlog, "tlog-scales": TlogScales, "aics-witness": AicsWitness}


def verdict(tool, case):
    part = "key"
    try:
        eyes = tool(case)
        for part in ("checkpoint", "tree", "history", "receipt"):
            getattr(eyes, part)()
    except Exception as error:  # any exception is a refusal; its words are printed, so that an accident shows
        words = " ".join(str(error).split()) or type(error).__name__
        return f"{getattr(error, 'part', None) or part}: {words}"
    return "yes"


def edge(tool, vector):
    """Whether the tool believes a note under this key with this signature."""
    public, signature = bytes.fromhex(vector["key"]), bytes.fromhex(vector["signature"])
    text = vector["text"]
    try:
        if tool is AicsTlog:
            key = note.vkey_from_ed25519(vector["name"], public)
            line = note.SignatureLine(key.name, key.key_id, signature)
            return "yes" if note.verify_note(note.Note(text, (line,)), [key]) else "no"
        signing.PlainEd25519Verifier(signing.Vkey(vector["name"], None, 1, public)).key.verify(signature, text.encode())
        return "yes"
    except Exception:
        return "no"


def main():
    if sys.argv[1] == "--edges":
        for vector in json.loads(Path(sys.argv[2]).read_text())["vectors"]:
            for name in ("aics-tlog", "tlog-scales"):
                print(name, vector["title"], edge(TOOLS[name], vector), sep="\t")
        return
    for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
        for name, tool in TOOLS.items():
            print(name, folder.name, verdict(tool, Case(folder)), sep="\t")


main()
