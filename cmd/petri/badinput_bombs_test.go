package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
)

// bombSize is what a bomb unpacks to: more than the server's memory may grow to.
const bombSize = 768 << 20

// zeros writes n zero bytes and then a text.
func zeros(w io.Writer, n int, end string) {
	block := make([]byte, 1<<20)
	for ; n > 0; n -= len(block) {
		_, _ = w.Write(block[:min(n, len(block))])
	}
	_, _ = io.WriteString(w, end)
}

func gzipped(write func(io.Writer)) string {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	write(w)
	_ = w.Close()
	return b.String()
}

// zipped is a zip of members, written one after another.
func zipped(members ...func(*zip.Writer)) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	for _, write := range members {
		write(w)
	}
	_ = w.Close()
	return b.String()
}

func member(name, content string) func(*zip.Writer) { return bombMember(name, content, 0, "") }

func bombMember(name, begin string, n int, end string) func(*zip.Writer) {
	return func(z *zip.Writer) {
		w, _ := z.Create(name)
		_, _ = io.WriteString(w, begin)
		zeros(w, n, end)
	}
}

func tarred(end string) string {
	return gzipped(func(w io.Writer) {
		t := tar.NewWriter(w)
		_ = t.WriteHeader(&tar.Header{Name: "bomb", Size: int64(bombSize + len(end)), Mode: 0o644})
		zeros(t, bombSize, end)
		_ = t.Close()
	})
}

// badArchives are archives that lie, or hold more than anyone can hold.
func badArchives(t *testing.T) []badResult {
	array := numpy(fmt.Sprintf(`{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }`, bombSize+1))
	lies := numpy(`{'descr': '<f8', 'fortran_order': False, 'shape': (888888888888,), }`)
	plain := zipped(member("a.txt", "one"), member("b.txt", "two"))
	members := func(n int, last string) string {
		var all []func(*zip.Writer)
		for i := range n {
			all = append(all, member(fmt.Sprint("m", i), "x"))
		}
		return zipped(append(all, member("last", last))...)
	}
	nested := plain
	for range 20 {
		nested = zipped(member("again.zip", nested))
	}
	flateBomb := func(end string) string {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		zeros(w, bombSize/4, end)
		_ = w.Close()
		return fmt.Sprintf("%%PDF-1.4\n1 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%%%EOF\n", b.Len(), b.String())
	}
	return []badResult{
		{file: "bomb.npz", a: zipped(bombMember("x.npy", array, bombSize, "1")), b: zipped(bombMember("x.npy", array, bombSize, "2")), kind: "array", says: `1 of 805,306,369 cells differs, in array "x": 49 → 50 ([805306368])`},
		{file: "lies.npz", a: zipped(member("x.npy", lies)), b: zipped(member("x.npy", lies+"12345678")), kind: "archive", says: "named .npz, but it is cut off: 0 of 7,111,111,111,104 bytes are there"},
		{file: "cut.npz", a: testTable(t, "a.npz"), b: testTable(t, "a.npz")[:200], kind: "binary", says: "named .npz, but it is no archive of arrays, or is damaged"},
		{file: "odd.npz", a: zipped(member("../../etc/passwd", "x")), b: zipped(member("../../etc/passwd", "y")), kind: "archive", says: `named .npz, but it holds "../../etc/passwd", which is no array, or is there twice`},
		{file: "bomb.xlsx", a: zipped(bombMember("xl/sheet.xml", "<a>", bombSize, "1")), b: zipped(bombMember("xl/sheet.xml", "<a>", bombSize, "2")), kind: "archive", says: "1 of 1 member (xl/sheet.xml) differs"},
		{file: "bomb.gz", a: gzipped(func(w io.Writer) { zeros(w, bombSize, "1") }), b: gzipped(func(w io.Writer) { zeros(w, bombSize, "2") }), kind: "archive", says: "unpacked, they differ from byte 805,306,369 on; packed, "},
		{file: "bomb.csv.gz", a: gzipped(func(w io.Writer) { zeros(w, bombSize, "1") }), b: gzipped(func(w io.Writer) { zeros(w, bombSize, "2") }), kind: "archive", says: "unpacked, they differ from byte 805,306,369 on; packed, "},
		{file: "bomb.tar.gz", a: tarred("1"), b: tarred("2"), kind: "archive", says: "1 of 1 member (bomb) differs"},
		{file: "bomb.pdf", a: flateBomb("1"), b: flateBomb("2"), kind: "pdf", says: "not only dates and identifiers differ, but 1 of 4 parts"},
		{file: "cut.zip", a: plain, b: plain[:len(plain)-30], kind: "binary", says: "named .zip, but it cannot be read as zip"},
		{file: "noise.zip", a: plain, b: plain[:34] + "\xff\xff\xff" + plain[37:], kind: "binary", says: "named .zip, but it cannot be read as zip"},
		{file: "twins.zip", a: zipped(member("a", "1"), member("a", "2")), b: zipped(member("a", "1"), member("a", "3")), kind: "binary", says: `named .zip, but it holds "a" twice`},
		{file: "names.zip", a: zipped(member("a\x1b[2J\n\u202eb", "1")), b: zipped(member("a\x1b[2J\n\u202eb", "2")), kind: "archive", says: "1 of 1 member (a?[2J??b) differs"},
		{file: "many.zip", a: members(20_000, "x"), b: members(20_000, "y"), kind: "archive", says: "1 of 20,001 members (last) differs"},
		{file: "nested.zip", a: nested, b: zipped(member("again.zip", nested)), kind: "archive", says: "1 of 1 member (again.zip) differs"},
		{file: "cut.gz", a: gzipped(func(w io.Writer) { zeros(w, 5000, "1") }), b: gzipped(func(w io.Writer) { zeros(w, 5000, "1") })[:20], kind: "binary", says: "named .gz, but it cannot be read as a packed file (unexpected EOF)"},
		{file: "cut.tar", a: strings.Repeat("\x00", 1024), b: "no tar\n", kind: "binary", says: "named .tar, but it is no tar"},
		{file: "cut.pdf", a: "%PDF-1.4\n1 0 obj\n<< /Length 99999999999 >>\nstream\nx", b: "%PDF-1.4\n1 0 obj\n<< /Length -1 >>\nstream\nx", kind: "pdf", says: "not only dates and identifiers differ, but 1 of 1 part"},
	}
}

// chunk is a part of a PNG.
func chunk(kind, data string) string {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, kind+data...)
	return string(binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(kind+data))))
}

func pngHeader(width, height uint32, depth byte) string {
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return "\x89PNG\r\n\x1a\n" + chunk("IHDR", string(size)+string([]byte{depth, 0, 0, 0, 0}))
}

// wholePNG is a black picture of that size but for its last byte.
func wholePNG(side int, last byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	zeros(w, side*((side+7)/8+1)-1, string([]byte{last}))
	_ = w.Close()
	return pngHeader(uint32(side), uint32(side), 1) + chunk("IDAT", b.String()) + chunk("IEND", "")
}

// badPictures are pictures that are none, or that nobody can hold.
func badPictures(_ *testing.T) []badResult {
	small := wholePNG(8, 0)
	jpeg := "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00"
	laughs := `<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "` + strings.Repeat("&a;", 5000) + `"><!ENTITY c "` + strings.Repeat("&b;", 5000) + `">]><svg>&c;`
	return []badResult{
		{file: "claim.png", a: pngHeader(60_000, 60_000, 8), b: pngHeader(60_000, 60_000, 8) + chunk("IDAT", "x"), kind: "binary", says: "named .png, but its 60,000 × 60,000 pixels would need more than 256 MiB of memory"},
		{file: "claims.png", a: small, b: pngHeader(2_147_483_647, 2_147_483_647, 16), kind: "binary", says: "named .png, but it cannot be decoded as png"},
		{file: "bomb.png", a: wholePNG(60_000, 0), b: wholePNG(60_000, 1), kind: "binary", says: "named .png, but its 60,000 × 60,000 pixels would need more than 256 MiB of memory"},
		{file: "cut.png", a: small, b: small[:len(small)-20], kind: "binary", says: "named .png, but it cannot be decoded as png"},
		{file: "size.png", a: small, b: wholePNG(16, 0), kind: "image", says: "8 × 8 pixels in A, 16 × 16 in B"},
		{file: "zero.png", a: small, b: pngHeader(0, 0, 8), kind: "binary", says: "named .png, but it cannot be decoded as png"},
		{file: "claim.jpg", a: jpeg, b: jpeg + "\xff\xd9", kind: "binary", says: "named .jpg, but its 65,535 × 65,535 pixels would need more than 256 MiB of memory"},
		{file: "claim.gif", a: "GIF89a\xff\xff\xff\xff\x00\x00\x00", b: "GIF89a\xff\xff\xff\xff\x00\x00\x00;", kind: "binary", says: "named .gif, but it cannot be decoded as gif"},
		{file: "laughs.svg", a: laughs + "1</svg>", b: laughs + "2</svg>", kind: "image", says: "1 line differs only in numbers, by at most 1 (relative 0.5)"},
		{file: "text.svg", a: "no svg\n", b: "none\n", kind: "text", says: "named .svg, but it holds no <svg>"},
	}
}

// badTexts are texts, files, folders and links that are odd.
func badTexts() []badResult {
	giant := strings.Repeat("lorem ipsum ", 3<<20)
	escape := "\x1b]0;mine\x07\x1b[2J\u202e\u009b31m"
	return []badResult{
		{file: "giant.txt", a: giant, b: giant[:len(giant)/2] + "!" + giant[len(giant)/2:], kind: "text", says: "1 line added, 1 removed"},
		{file: "giants.log", a: strings.Repeat("a", 20<<20), b: strings.Repeat("b", 20<<20), kind: "text", says: "1 line added, 1 removed"},
		{file: "lines.txt", a: strings.Repeat("\n", 10_000_000), b: strings.Repeat("\n", 10_000_001), kind: "text", says: "1 line added, 0 removed"},
		{file: "shuffled.txt", a: shuffled(1), b: shuffled(2), kind: "text", says: "199,810 lines added, 199,810 removed"},
		{file: "escape.txt", a: "good\n", b: escape + "\n", kind: "text", says: "1 line added, 1 removed"},
		{file: "bytes.txt", a: "M\xfcller\n", b: "M\u00fcller\n", kind: "text", says: "the words are the same, but A is in Latin-1, B in UTF-8"},
		{file: "empty.txt", a: "text\n", b: "", kind: "text", says: "0 lines added, 1 removed"},
		{file: "gone.csv", a: "a,b\n1,2\n", b: absent, kind: "", says: "only in A: added, 8 bytes"},
		{file: "new.csv", a: absent, b: "a,b\n1,2\n", kind: "", says: "only in B: added, 8 bytes"},
		{file: "link.csv", a: "gone.csv", b: "new.csv", link: true, says: `a link to "gone.csv" in A, a link to "new.csv" in B`},
		{file: "outside.csv", a: "../../../../../../etc/passwd", b: "gone.csv", link: true, kind: "", says: "only in B: added, 8 bytes"},
		{file: "loop.csv", a: "loop.csv", b: "link.csv", link: true, says: `a link to "loop.csv" in A, a link to "link.csv" in B`},
		{file: "solid.csv", a: "new.csv", b: absent, link: true, says: "only in A"},
		{file: "folder/x", a: "1\n", b: absent, says: "only in A: added"},
		{file: "two\nlines.txt", a: "1", b: "2", kind: "text", says: "1 line differs only in numbers, by at most 1 (relative 0.5)"},
		{file: escape + ".txt", a: "1\n", b: "2\n", kind: "text", says: "1 line differs only in numbers, by at most 1"},
		{file: "-rf.txt", a: "1\n", b: "2\n", kind: "text", says: "1 line differs only in numbers, by at most 1 (relative 0.5)"},
		{file: "[*]?.txt", a: "1\n", b: "2\n", kind: "text", says: "1 line differs only in numbers, by at most 1 (relative 0.5)"},
		{file: strings.Repeat("n", 250), a: "1\n", b: "2\n", kind: "text", says: "1 line differs only in numbers, by at most 1"},
	}
}

// shuffled is many lines of which hardly any stands where it stood.
func shuffled(seed uint64) string {
	var b strings.Builder
	n := uint64(200_003)
	for i := range n {
		fmt.Fprintf(&b, "%d\n", (i*(seed*7919+3))%n)
	}
	return b.String()
}
