package opaque_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/opaque"
)

func content(b []byte) kind.Content {
	return kind.Content{Path: "file", Size: int64(len(b)), ReaderAt: bytes.NewReader(b)}
}

type member struct{ name, text string }

func zipped(t testing.TB, at time.Time, method uint16, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method, Modified: at})
		if err == nil {
			_, err = io.WriteString(f, m.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, at time.Time, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.text)), Mode: 0o644, ModTime: at}); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, m.text)
	}
	_ = w.Close()
	return b.Bytes()
}

func gzipped(at time.Time, level int, text []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, level)
	w.ModTime = at
	_, _ = w.Write(text)
	_ = w.Close()
	return b.Bytes()
}

// rds is R's serialization as a version of R writes it.
func rds(version uint32, text string) []byte {
	b := binary.BigEndian.AppendUint32([]byte("X\n"), 3)
	b = binary.BigEndian.AppendUint32(b, version)
	b = binary.BigEndian.AppendUint32(b, 0x00030500)
	return append(b, text...)
}

var (
	monday  = time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	tuesday = monday.AddDate(0, 0, 1)
)

func TestArchives(t *testing.T) {
	one, two := member{"a.txt", strings.Repeat("one", 100)}, member{"b/c.txt", "two"}
	core := func(day string) member {
		return member{"docProps/core.xml", "<p><dcterms:created xsi:type=\"x\">" + day + "</dcterms:created></p>"}
	}
	fit := func(version uint32, text string) []byte { return gzipped(time.Time{}, 6, rds(version, text)) }
	tests := []struct {
		name     string
		compare  kind.Comparer
		a, b     []byte
		verdict  petri.Verdict
		volatile bool
		summary  string
	}{
		{"zip: times", opaque.Zip, zipped(t, monday, zip.Deflate, one, two), zipped(t, tuesday, zip.Deflate, one, two), petri.Same, true, "the content of all 2 members is the same; only times"},
		{"zip: method", opaque.Zip, zipped(t, monday, zip.Deflate, one), zipped(t, monday, zip.Store, one), petri.Same, true, "its one member is the same"},
		{"zip: order", opaque.Zip, zipped(t, monday, zip.Deflate, one, two), zipped(t, monday, zip.Deflate, two, one), petri.Same, true, ""},
		{"zip: a member", opaque.Zip, zipped(t, monday, zip.Deflate, one, two), zipped(t, monday, zip.Deflate, one, member{"b/c.txt", "2"}), petri.Different, false, "1 of 2 members (b/c.txt) differs"},
		{"zip: more members", opaque.Zip, zipped(t, monday, zip.Deflate, one), zipped(t, monday, zip.Deflate, two), petri.Different, false, "1 only in A (a.txt), 1 only in B (b/c.txt)"},
		{"xlsx: dates", opaque.Zip, zipped(t, monday, zip.Deflate, one, core("1")), zipped(t, monday, zip.Deflate, one, core("22")), petri.Same, true, ""},
		{"tar: times and order", opaque.Tar, tarred(t, monday, one, two), tarred(t, tuesday, two, one), petri.Same, true, "times"},
		{"tar: packed", opaque.Tar, gzipped(monday, 9, tarred(t, monday, one)), gzipped(tuesday, 1, tarred(t, tuesday, one)), petri.Same, true, ""},
		{"tar: content", opaque.Tar, tarred(t, monday, one, two), tarred(t, monday, one, member{"b/c.txt", "2"}), petri.Different, false, "1 of 2 members (b/c.txt) differs"},
		{"gzip: time", opaque.Packed, gzipped(monday, 6, []byte("same")), gzipped(tuesday, 6, []byte("same")), petri.Same, true, "the content is the same"},
		{"gzip: content", opaque.Packed, gzipped(monday, 6, []byte("same")), gzipped(monday, 6, []byte("sane")), petri.Different, false, "from byte 3 on"},
		{"RDS: other R", opaque.R, fit(0x00040004, "data"), fit(0x00040202, "data"), petri.Same, true, "the content is the same"},
		{"RDS: other data", opaque.R, fit(0x00040004, "data"), fit(0x00040004, "dada"), petri.Different, false, ""},
		{"RData: other R", opaque.R, gzipped(monday, 6, append([]byte("RDX3\n"), rds(0x00040004, "data")...)), gzipped(monday, 6, append([]byte("RDX3\n"), rds(0x00040202, "data")...)), petri.Same, true, ""},
		{"binary: same length", opaque.Binary, []byte("\x00one"), []byte("\x00two"), petri.Different, false, "4 bytes each, different from byte 2 on"},
		{"binary: longer", opaque.Binary, []byte("\x00"), []byte("\x00\x00\x00"), petri.Different, false, "1 byte in A, 3 in B; the shorter is how the longer begins"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := test.compare(context.Background(), content(test.a), content(test.b), petri.FileRules{})
			if err != nil {
				t.Fatal(err)
			}
			if f.Verdict != test.verdict || f.Volatile != test.volatile || !strings.Contains(f.Summary, test.summary) || f.Kind == "" {
				t.Errorf("got %+v", f)
			}
		})
	}
}

// TestZipBelievesNoChecksum: a member whose content differs under the same checksum differs.
func TestZipBelievesNoChecksum(t *testing.T) {
	a := zipped(t, monday, zip.Store, member{"a", "one, honest"})
	b := zipped(t, monday, zip.Store, member{"a", "one, forged"})
	// The list of members, at the end, says of both the same.
	i, j := bytes.LastIndex(a, []byte("PK\x01\x02")), bytes.LastIndex(b, []byte("PK\x01\x02"))
	copy(b[j+16:j+20], a[i+16:i+20])
	f, err := opaque.Zip(context.Background(), content(a), content(b), petri.FileRules{})
	if err == nil && f.Verdict == petri.Same {
		t.Errorf("got %+v", f)
	}
}

func TestRefused(t *testing.T) {
	zeros := gzipped(monday, 9, make([]byte, 80<<20)) // more than is held in memory
	for _, test := range []struct {
		name    string
		compare kind.Comparer
		b       []byte
	}{
		{"zip", opaque.Zip, []byte("PK\x03\x04 nothing")}, {"tar", opaque.Tar, []byte("no tar")}, {"packed", opaque.Packed, []byte("\x1f\x8b\x08 cut")},
		{"R", opaque.R, []byte("RDX3\nplain")}, {"PDF", opaque.PDF, []byte("no PDF")}, {"cut gzip", opaque.Packed, zeros[:len(zeros)-9]},
	} {
		if _, err := test.compare(context.Background(), content(test.b), content(test.b), petri.FileRules{}); !errors.Is(err, kind.ErrOther) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := opaque.Unpack(context.Background(), content(zeros), "x"); !errors.Is(err, kind.ErrOther) || !strings.Contains(kind.Reason(err), "unpacks to more than 64 MiB") {
		t.Errorf("unpack: %v", err)
	}
}

// pdf is a small PDF with a page, its times, an identifier, and XMP.
type pdf struct {
	date, id, program, text string
	level                   int
	blank                   string
	objects                 bool // its dates stand in a stream of objects
}

func (p pdf) bytes() []byte {
	deflate := func(text string) string {
		var b bytes.Buffer
		w, _ := zlib.NewWriterLevel(&b, p.level)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		return b.String()
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	page := deflate("BT (" + p.text + ")" + p.blank + " Tj ET")
	info := fmt.Sprintf("<< /Title (a stream\nof words) /CreationDate (D:%s\\(x\\)) /ModDate <FEFF%x> /Producer (%s) >>", p.date, p.date, p.program)
	fmt.Fprintf(&b, "1 0 obj\n<< /Type /Page /Contents 2 0 R >>\nendobj\n2 0 obj\n<< /Length 3 0 R /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n3 0 obj\n%d\nendobj\n", page, len(page))
	if p.objects {
		packed := deflate("4 0 " + info)
		fmt.Fprintf(&b, "5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n", len(packed), packed)
	} else {
		fmt.Fprintf(&b, "4 0 obj\n%s\nendobj\n", info)
	}
	xmp := fmt.Sprintf("<?xpacket?><xmp:CreateDate>%s</xmp:CreateDate><xmpMM:InstanceID>uuid:%s</xmpMM:InstanceID>", p.date, p.id)
	fmt.Fprintf(&b, "6 0 obj\n<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream\nendobj\n", len(xmp), xmp)
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 2\n0000000000 65535 f \n%010d 00000 n \ntrailer\n<< /Size 7 /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n", at, p.id, p.id, at)
	return b.Bytes()
}

func TestPDF(t *testing.T) {
	for _, objects := range []bool{false, true} {
		base := pdf{date: "20260105", id: "aabb", program: "R 4.0.4", text: "a plot", level: 6, objects: objects}
		for _, test := range []struct {
			name    string
			alter   func(*pdf)
			verdict petri.Verdict
			summary string
		}{
			{"date", func(p *pdf) { p.date = "20270105000000" }, petri.Same, "only dates differ"},
			{"date and identifier", func(p *pdf) { p.date, p.id = "20270106", "ccdd" }, petri.Same, "only dates, identifiers differ"},
			{"program", func(p *pdf) { p.program = "R 4.2.2 (new)" }, petri.Same, "only the name of the program that made it differs"},
			{"packing", func(p *pdf) { p.level = 1 }, petri.Same, "how it is written differs"},
			{"blanks", func(p *pdf) { p.blank = "  \n" }, petri.Same, "how it is written differs"},
			{"blanks in a text", func(p *pdf) { p.text = "a  plot" }, petri.Different, "not only dates"},
			{"text", func(p *pdf) { p.text = "a plat" }, petri.Different, "not only dates and identifiers differ, but 1 of "},
		} {
			other := base
			test.alter(&other)
			if objects && test.name == "packing" {
				continue
			}
			a, b := base.bytes(), other.bytes()
			f, err := opaque.PDF(context.Background(), content(a), content(b), petri.FileRules{})
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind != "pdf" || f.Verdict != test.verdict || f.Volatile != (test.verdict == petri.Same) || !strings.Contains(f.Summary, test.summary) {
				t.Errorf("%s (in a stream of objects: %v): %+v", test.name, objects, f)
			}
		}
	}
}

func FuzzPDF(f *testing.F) {
	one := pdf{date: "20260105", id: "aabb", program: "R", text: "a", level: 6}
	two := one
	two.date, two.objects = "20270105", true
	f.Add(one.bytes(), two.bytes())
	f.Fuzz(func(t *testing.T, a, b []byte) { symmetric(t, opaque.PDF, a, b) })
}

func FuzzZip(f *testing.F) {
	f.Add(zipped(f, monday, zip.Deflate, member{"a", "one"}), zipped(f, tuesday, zip.Store, member{"a", "one"}))
	f.Add(tarred(f, monday, member{"a", "one"}), gzipped(monday, 6, tarred(f, monday, member{"a", "one"})))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, compare := range []kind.Comparer{opaque.Zip, opaque.Tar, opaque.Packed, opaque.R, opaque.Binary} {
			symmetric(t, compare, a, b)
		}
	})
}

// symmetric holds that a comparer says the same both ways, and Same of a content and itself.
func symmetric(t *testing.T, compare kind.Comparer, a, b []byte) {
	t.Helper()
	ctx := context.Background()
	there, errThere := compare(ctx, content(a), content(b), petri.FileRules{})
	back, errBack := compare(ctx, content(b), content(a), petri.FileRules{})
	for _, err := range []error{errThere, errBack} {
		if err != nil && !errors.Is(err, kind.ErrOther) {
			t.Fatalf("an error of reading: %v", err)
		}
	}
	if (errThere == nil) != (errBack == nil) || there.Verdict != back.Verdict {
		t.Fatalf("%+v %v, the other way round %+v %v", there, errThere, back, errBack)
	}
	if itself, err := compare(ctx, content(a), content(a), petri.FileRules{}); err == nil && itself.Verdict != petri.Same {
		t.Fatalf("with itself: %+v", itself)
	}
}

// TestHostilePDF: entries without an end, each before one with an end, take no time squared.
func TestHostilePDF(t *testing.T) {
	for _, piece := range []string{"/CreationDate ( /CreationDate () ", `<xmp:CreateDate> xmp:CreateDate="" `, "/ID [( /ID [()()] ", "/Length 1 0 R "} {
		pdf := "%PDF-1.7\n" + strings.Repeat(piece, 30_000)
		begun := time.Now()
		if _, err := opaque.PDF(context.Background(), content([]byte(pdf)), content([]byte(pdf+"x")), petri.FileRules{}); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%s took %s", piece, took)
		}
	}
}
