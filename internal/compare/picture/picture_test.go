package picture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/picture"
	"github.com/petri-dev/petri/internal/compare/text"
)

func content(b []byte) kind.Content {
	return kind.Content{Path: "plot.png", Size: int64(len(b)), ReaderAt: bytes.NewReader(b)}
}

// gradient is a picture of any type, painted the same.
func gradient(w, h int, into interface {
	image.Image
	Set(x, y int, c color.Color)
}) image.Image {
	for y := range h {
		for x := range w {
			into.Set(x, y, color.NRGBA{uint8(x * 7), uint8(y * 5), uint8(x + y), 255})
		}
	}
	return into
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withChunk is a PNG with one more chunk behind its header.
func withChunk(b []byte, name, data string) []byte {
	const header = 8 + 25
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(append(chunk, name...), data...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return append(append(bytes.Clone(b[:header]), chunk...), b[header:]...)
}

// claiming is a PNG whose header claims another size.
func claiming(b []byte, w, h uint32) []byte {
	b = bytes.Clone(b)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func animation(t testing.TB, delay int, last color.Color) []byte {
	t.Helper()
	g := &gif.GIF{}
	for i := range 3 {
		frame := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.White, color.Black, color.RGBA{255, 0, 0, 255}})
		frame.Set(i, i, color.Black)
		if i == 2 {
			frame.Set(7, 7, last)
		}
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, delay)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRaster(t *testing.T) {
	rect := image.Rect(0, 0, 40, 30)
	base := encoded(t, gradient(40, 30, image.NewNRGBA(rect)))
	touched := image.NewNRGBA(rect)
	gradient(40, 30, touched)
	touched.Set(10, 12, color.NRGBA{R: 70 + 3, G: 60, B: 22, A: 255})
	touched.Set(11, 12, color.NRGBA{R: 77, G: 60, B: 23 + 5, A: 255})
	deep := image.NewNRGBA64(rect)
	gradient(40, 30, deep)
	deeper := image.NewNRGBA64(rect)
	gradient(40, 30, deeper)
	deeper.SetNRGBA64(0, 0, color.NRGBA64{R: 1, A: 0xffff})
	paletted := func(p color.Palette) image.Image {
		img := image.NewPaletted(rect, p)
		img.SetColorIndex(3, 3, 1)
		return img
	}
	levels := 5.0
	tests := []struct {
		name    string
		a, b    []byte
		atol    *float64
		verdict petri.Verdict
		summary string
		vol     bool
		max     float64
	}{
		{"two pixels", base, encoded(t, touched), nil, petri.Different, "2 of 1,200 pixels differ (0.17 %), by up to 5 of 255, between (10, 12) and (11, 12)", false, 5},
		{"two pixels within tolerance", base, encoded(t, touched), &levels, petri.WithinTolerance, "within tolerance", false, 5},
		{"size", base, encoded(t, gradient(40, 31, image.NewNRGBA(image.Rect(0, 0, 40, 31)))), nil, petri.Different, "40 × 30 pixels in A, 40 × 31 in B", false, 0},
		{"text", withChunk(base, "tEXt", "Software\x00one"), withChunk(base, "tEXt", "Software\x00two"), nil, petri.Same, "only what the file says beside them (text) differs", true, 0},
		{"packed otherwise", base, append(bytes.Clone(base), "rubbish"...), nil, petri.Same, "only how they are packed differs", true, 0},
		{"gamma", withChunk(base, "gAMA", "\x00\x00\xb1\x8f"), base, nil, petri.Different, "the pixels are the same; the colours that they stand for are not (gamma)", false, 0},
		{"16 bit", encoded(t, deep), encoded(t, deeper), nil, petri.Different, "1 of 1,200 pixels differ (0.08 %), by up to less than 1 of 255", false, 1.0 / 257},
		{"palette and colours", encoded(t, paletted(color.Palette{color.White, color.Black})), encoded(t, paletted(color.Palette{color.Black, color.White, color.White})), nil, petri.Different, "1,200 of 1,200 pixels differ (100 %)", false, 255},
		{"other palette, same colours", encoded(t, paletted(color.Palette{color.White, color.Black})), encoded(t, paletted(color.Palette{color.White, color.Black, color.White})), nil, petri.Same, "only how they are packed differs", true, 0},
		{"other frame", animation(t, 10, color.White), animation(t, 10, color.RGBA{255, 0, 0, 255}), nil, petri.Different, "1 of 192 pixels differ", false, 255},
		{"other delay", animation(t, 10, color.White), animation(t, 20, color.White), nil, petri.Different, "shown for other times", false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := picture.Raster(context.Background(), content(test.a), content(test.b), petri.FileRules{ATol: test.atol})
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind != "image" || f.Verdict != test.verdict || !strings.Contains(f.Summary, test.summary) || f.Volatile != test.vol {
				t.Errorf("got %+v", f)
			}
			if test.max > 0 && (f.MaxAbs == nil || *f.MaxAbs-test.max > 1e-9 || test.max-*f.MaxAbs > 1e-9) {
				t.Errorf("largest difference %v, want %v", f.MaxAbs, test.max)
			}
		})
	}
}

func TestJPEG(t *testing.T) {
	write := func(img image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	one := write(gradient(40, 30, image.NewRGBA(image.Rect(0, 0, 40, 30))))
	commented := append(append(bytes.Clone(one[:2]), "\xff\xfe\x00\x07hello"...), one[2:]...)
	f, err := picture.Raster(context.Background(), content(one), content(commented), petri.FileRules{})
	if err != nil || f.Verdict != petri.Same || !f.Volatile {
		t.Errorf("a comment: %+v, %v", f, err)
	}
	dark := write(image.NewRGBA(image.Rect(0, 0, 40, 30)))
	if f, err = picture.Raster(context.Background(), content(one), content(dark), petri.FileRules{}); err != nil || f.Verdict != petri.Different || !f.Picture {
		t.Errorf("another: %+v, %v", f, err)
	}
}

// TestRefused: what would not fit, and what is no picture, is refused from its header, with the reason.
func TestRefused(t *testing.T) {
	small := encoded(t, image.NewNRGBA(image.Rect(0, 0, 4, 4)))
	many := []byte("GIF89a\x08\x00\x08\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff") // a screen of two colours
	for range 80_000 {
		many = append(many, 0x2c, 0, 0, 0, 0, 8, 0, 8, 0, 0, 2, 0)
	}
	tests := []struct{ name, reason string }{
		{"huge", "60,000 × 60,000 pixels would need more than 256 MiB"},
		{"animated", "animated"},
		{"cut", "cannot be decoded as png"},
		{"none", "neither PNG, JPEG nor GIF"},
		{"crowd", "frames would need more than 256 MiB"},
	}
	given := map[string][]byte{
		"huge": claiming(small, 60_000, 60_000), "animated": withChunk(small, "acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"),
		"cut": small[:len(small)-20], "none": []byte("a,b\n1,2\n"), "crowd": many,
	}
	for _, test := range tests {
		for _, pair := range [][2][]byte{{given[test.name], small}, {small, given[test.name]}} {
			_, err := picture.Raster(context.Background(), content(pair[0]), content(pair[1]), petri.FileRules{})
			if !errors.Is(err, kind.ErrOther) || !strings.Contains(kind.Reason(err), test.reason) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		if _, err := picture.Difference(context.Background(), content(small), content(given[test.name])); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: drawn: %v", test.name, err)
		}
	}
}

func TestEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	gone := errors.New("gone")
	cancel(gone)
	b := encoded(t, image.NewNRGBA(image.Rect(0, 0, 40, 40)))
	if _, err := picture.Raster(ctx, content(b), content(b), petri.FileRules{}); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestDifference(t *testing.T) {
	rect := image.Rect(0, 0, 20, 10)
	a, b := image.NewNRGBA(rect), image.NewNRGBA(image.Rect(0, 0, 20, 12))
	gradient(20, 10, a)
	gradient(20, 12, b)
	b.Set(5, 5, color.NRGBA{0, 0, 255, 255})
	drawn, err := picture.Difference(context.Background(), content(encoded(t, a)), content(encoded(t, b)))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(drawn))
	if err != nil || img.Bounds() != image.Rect(0, 0, 20, 12) {
		t.Fatalf("%v, %v", img, err)
	}
	at := func(x, y int) (r, g, b uint32) { r, g, b, _ = img.At(x, y).RGBA(); return r >> 8, g >> 8, b >> 8 }
	if r, g, _ := at(5, 5); r < 190 || g > 100 {
		t.Errorf("a pixel that differs is drawn %d, %d", r, g)
	}
	if r, g, b := at(6, 5); r != g || g != b || r < 160 {
		t.Errorf("one that is the same is drawn %d, %d, %d", r, g, b)
	}
	if r, _, b := at(3, 11); b <= r {
		t.Errorf("one of B alone is drawn %d, …, %d", r, b)
	}
}

func TestSVG(t *testing.T) {
	// The comparer of text is another package's; here it is one that sees every byte.
	exact := func(_ context.Context, a, b kind.Content, _ petri.FileRules) (petri.FileComparison, error) {
		x, _ := io.ReadAll(a.Reader())
		y, _ := io.ReadAll(b.Reader())
		if bytes.Equal(x, y) {
			return petri.FileComparison{Kind: "text", Verdict: petri.Same}, nil
		}
		return petri.FileComparison{Kind: "text", Verdict: petri.Different}, nil
	}
	one := `<?xml version="1.0"?><!-- by matplotlib 3.5 --><svg><dc:date>2026-01-01</dc:date><defs><clipPath id="p12ab"/></defs>` +
		`<path id="m1" d="M 0 0"/><use xlink:href="#m1"/><g clip-path="url(#p12ab)"/></svg>`
	renamed := strings.NewReplacer("p12ab", "pff00", "m1", "m9", "2026-01-01", "2026-02-02", "3.5", "3.8").Replace(one)
	rewired := strings.Replace(one, `href="#m1"`, `href="#p12ab"`, 1)
	moved := strings.Replace(one, "M 0 0", "M 0 1", 1)
	for _, test := range []struct {
		b        string
		verdict  petri.Verdict
		volatile bool
	}{{renamed, petri.Same, true}, {rewired, petri.Different, false}, {moved, petri.Different, false}} {
		f, err := picture.SVG(exact)(context.Background(), content([]byte(one)), content([]byte(test.b)), petri.FileRules{})
		if err != nil || f.Verdict != test.verdict || f.Volatile != test.volatile || f.Kind != "image" {
			t.Errorf("%s: %+v, %v", test.b, f, err)
		}
	}
	if _, err := picture.SVG(exact)(context.Background(), content([]byte("PNG")), content([]byte(one)), petri.FileRules{}); !errors.Is(err, kind.ErrOther) {
		t.Errorf("no SVG: %v", err)
	}
}

func FuzzPNG(f *testing.F) {
	small := encoded(f, gradient(9, 7, image.NewNRGBA(image.Rect(0, 0, 9, 7))))
	f.Add(small, withChunk(small, "tEXt", "a\x00b"))
	f.Add(animation(f, 1, color.White), small)
	f.Add(claiming(small, 60_000, 60_000), small)
	f.Fuzz(func(t *testing.T, a, b []byte) {
		ctx := context.Background()
		got, err := picture.Raster(ctx, content(a), content(b), petri.FileRules{})
		if err != nil {
			if !errors.Is(err, kind.ErrOther) {
				t.Fatalf("an error of reading: %v", err)
			}
			return
		}
		back, err := picture.Raster(ctx, content(b), content(a), petri.FileRules{})
		if err != nil || back.Verdict != got.Verdict {
			t.Fatalf("%+v, the other way round %+v, %v", got, back, err)
		}
		if bytes.Equal(a, b) && got.Verdict != petri.Same {
			t.Fatalf("with itself: %+v", got)
		}
	})
}

// TestHostileSVG: remarks without an end, each before a date, take no time squared.
func TestHostileSVG(t *testing.T) {
	svg := "<svg>" + strings.Repeat("<!-- <dc:date></dc:date>", 50_000)
	begun := time.Now()
	if _, err := picture.SVG(text.Files)(context.Background(), content([]byte(svg)), content([]byte(svg+"x")), petri.FileRules{}); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}
