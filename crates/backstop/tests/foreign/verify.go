// Go's own packages look at our logs: golang.org/x/mod/sumdb, which check every module that Go downloads. Only the file
// paths, the bundles, the receipt's lines, the origin and the form of a witness's signature are read here.
//
// verify CASES: for each folder in CASES one line, tool, folder, verdict, apart by tabs; the verdict is "yes", or the part
// at which it refused and why. verify --edges FILE: the same for Ed25519 vectors.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// refusal carries words out of the depth; every other panic is an accident, and its words show it.
type refusal struct{ error }

func fail(err error) {
	if err != nil {
		panic(refusal{err})
	}
}

func check(sound bool, words string) {
	if !sound {
		fail(fmt.Errorf("%s", words))
	}
}

func read(names ...string) []byte {
	data, err := os.ReadFile(filepath.Join(names...))
	fail(err)
	return data
}

// path writes 1234067 as x001/x234/067.
func path(log, level string, n int64, width int) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	name := filepath.Join(log, "tile", level, text)
	if width < 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return name
}

type tiles struct{ log string }

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(path(t.log, strconv.Itoa(tile.L), tile.N, tile.W))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// witness verifies cosignature/v1, which the package leaves to its callers.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(w.key, append([]byte(head), text...), sig[8:])
}

func newWitness(vkey string) witness {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	fail(err)
	check(len(key) == 33 && key[0] == 4, "not a witness's key")
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	return witness{parts[0], binary.BigEndian.Uint32(hash[:]), key[1:]}
}

// number is a decimal number in its one form.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	fail(err)
	check(strconv.FormatInt(n, 10) == text, "a number in another form")
	return n
}

func openCheckpoint(text []byte, log note.Verifier, others ...note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(append(others, log)...))
	fail(err)
	signed := map[string]bool{}
	for _, sig := range opened.Sigs {
		signed[sig.Name] = true
	}
	for _, key := range append(others, log) {
		check(signed[key.Name()], "not signed by "+key.Name())
	}
	lines := strings.Split(opened.Text, "\n")
	check(len(lines) >= 4 && lines[0] == log.Name(), "not a checkpoint of "+log.Name())
	for _, line := range lines[:len(lines)-1] {
		check(line != "", "an empty line")
	}
	root, err := tlog.ParseHash(lines[2])
	fail(err)
	return tlog.Tree{N: number(lines[1]), Hash: root}
}

func entries(log string, tree tlog.Tree) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < tree.N; n++ {
		width := int(tree.N - n*256)
		if width > 256 {
			width = 256
		}
		data := read(path(log, "entries", n, width))
		for len(data) >= 2 {
			length := int(binary.BigEndian.Uint16(data))
			check(len(data) >= 2+length, "a bundle ends within an entry")
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
		check(len(data) == 0, "a bundle has a byte too many")
		check(len(all) == int(n)*256+width, "a bundle has not its number of entries")
	}
	return all
}

func checkTree(log string, tree tlog.Tree, reader tlog.HashReader) {
	all := entries(log, tree)
	var indexes []int64
	for i := range all {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
	}
	hashes, err := reader.ReadHashes(indexes)
	fail(err)
	for i, entry := range all {
		check(tlog.RecordHash(entry) == hashes[i], fmt.Sprintf("entry %d is not the one that was signed", i))
	}
	for i := int64(0); i < tree.N; i += 1 + tree.N/50 {
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		fail(err)
		fail(tlog.CheckRecord(proof, tree.N, tree.Hash, i, hashes[i]))
	}
}

func hashes(lines []string) []tlog.Hash {
	var all []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		fail(err)
		all = append(all, hash)
	}
	return all
}

func checkHistory(folder string, held, tree tlog.Tree, reader tlog.HashReader) {
	check(held.N <= tree.N, "rolled back")
	own, err := tlog.ProveTree(tree.N, held.N, reader)
	fail(err)
	fail(tlog.CheckTree(own, tree.N, tree.Hash, held.N, held.Hash))
	lines := strings.Split(string(read(folder, "proof")), "\n")
	fail(tlog.CheckTree(hashes(lines[:len(lines)-1]), tree.N, tree.Hash, held.N, held.Hash))
}

func checkReceipt(folder string, log note.Verifier) {
	parts := strings.SplitN(string(read(folder, "receipt")), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	check(len(parts) == 2 && lines[0] == "c2sp.org/tlog-proof@v1" && strings.HasPrefix(lines[1], "index "), "not a receipt")
	index := number(strings.TrimPrefix(lines[1], "index "))
	tree := openCheckpoint([]byte(parts[1]), log)
	fail(tlog.CheckRecord(hashes(lines[2:]), tree.N, tree.Hash, index, tlog.RecordHash(read(folder, "entry"))))
}

func verdict(folder string) (words string) {
	part := "key"
	defer func() {
		if caught := recover(); caught != nil {
			words = part + ": " + strings.Join(strings.Fields(fmt.Sprint(caught)), " ")
		}
	}()
	log, err := note.NewVerifier(string(read(folder, "key")))
	fail(err)
	witness := newWitness(string(read(folder, "witness")))
	part = "checkpoint"
	tree := openCheckpoint(read(folder, "log", "checkpoint"), log, witness)
	reader := tlog.TileHashReader(tree, tiles{filepath.Join(folder, "log")})
	part = "tree"
	checkTree(filepath.Join(folder, "log"), tree, reader)
	part = "history"
	checkHistory(folder, openCheckpoint(read(folder, "held"), log), tree, reader)
	part = "receipt"
	checkReceipt(folder, log)
	return "yes"
}

type vector struct{ Title, Name, Key, Text, Signature string }

func edge(v vector) (words string) {
	defer func() {
		if recover() != nil {
			words = "no"
		}
	}()
	key, err := hex.DecodeString(v.Key)
	fail(err)
	signature, err := hex.DecodeString(v.Signature)
	fail(err)
	vkey, err := note.NewEd25519VerifierKey(v.Name, key)
	fail(err)
	verifier, err := note.NewVerifier(vkey)
	fail(err)
	check(verifier.Verify([]byte(v.Text), signature), "no")
	return "yes"
}

func main() {
	if os.Args[1] == "--edges" {
		var file struct{ Vectors []vector }
		fail(json.Unmarshal(read(os.Args[2]), &file))
		for _, v := range file.Vectors {
			fmt.Printf("Go x/mod\t%s\t%s\n", v.Title, edge(v))
		}
		return
	}
	folders, err := os.ReadDir(os.Args[1])
	fail(err)
	for _, folder := range folders {
		fmt.Printf("Go x/mod\t%s\t%s\n", folder.Name(), verdict(filepath.Join(os.Args[1], folder.Name())))
	}
}
