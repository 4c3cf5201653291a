// A verifier of our logs in which the cryptography is Go's own: golang.org/x/mod/sumdb, the packages that check every
// module that Go downloads. Only the file paths, the bundles and the receipt's lines are read here.
//
// verify LOG VKEY OLD-SIZE OLD-ROOT RECEIPT: prints "ok SIZE ROOT" or says on standard error what does not hold.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// number writes 1234067 as x001/x234/067.
func number(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

func path(log, level string, n int64, width int) string {
	name := filepath.Join(log, "tile", level, number(n))
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

func openCheckpoint(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	fail(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail(fmt.Errorf("not a checkpoint of %s", verifier.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail(err)
	root, err := tlog.ParseHash(lines[2])
	fail(err)
	return tlog.Tree{N: size, Hash: root}
}

func entries(log string, tree tlog.Tree) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < tree.N; n++ {
		width := int(tree.N - n*256)
		if width > 256 {
			width = 256
		}
		data, err := os.ReadFile(path(log, "entries", n, width))
		fail(err)
		for len(data) >= 2 {
			length := int(binary.BigEndian.Uint16(data))
			if len(data) < 2+length {
				fail(fmt.Errorf("bundle %d ends within entry %d", n, len(all)))
			}
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) != 0 {
			fail(fmt.Errorf("bundle %d has a byte too many", n))
		}
	}
	if int64(len(all)) != tree.N {
		fail(fmt.Errorf("%d entries instead of %d", len(all), tree.N))
	}
	return all
}

func checkReceipt(file string, verifier note.Verifier, all [][]byte) {
	text, err := os.ReadFile(file)
	fail(err)
	parts := strings.SplitN(string(text), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		fail(fmt.Errorf("not a receipt"))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	fail(err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		fail(err)
		proof = append(proof, hash)
	}
	tree := openCheckpoint([]byte(parts[1]), verifier)
	fail(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(all[index])))
}

func main() {
	log := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	fail(err)
	text, err := os.ReadFile(filepath.Join(log, "checkpoint"))
	fail(err)
	tree := openCheckpoint(text, verifier)
	reader := tlog.TileHashReader(tree, tiles{log})

	all := entries(log, tree)
	var indexes []int64
	for i := range all {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
	}
	hashes, err := reader.ReadHashes(indexes)
	fail(err)
	for i, entry := range all {
		if tlog.RecordHash(entry) != hashes[i] {
			fail(fmt.Errorf("entry %d is not the one that was signed", i))
		}
	}
	for i := int64(0); i < tree.N; i += 1 + tree.N/50 {
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		fail(err)
		fail(tlog.CheckRecord(proof, tree.N, tree.Hash, i, hashes[i]))
	}

	old, err := strconv.ParseInt(os.Args[3], 10, 64)
	fail(err)
	root, err := tlog.ParseHash(os.Args[4])
	fail(err)
	proof, err := tlog.ProveTree(tree.N, old, reader)
	fail(err)
	fail(tlog.CheckTree(proof, tree.N, tree.Hash, old, root))

	checkReceipt(os.Args[5], verifier, all)
	fmt.Println("ok", tree.N, base64.StdEncoding.EncodeToString(tree.Hash[:]))
}
