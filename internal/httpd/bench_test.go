package httpd_test

import (
	"io"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// BenchmarkRunLog copies a log of 1 GB over loopback: of a run that lives, and of one that has ended.
func BenchmarkRunLog(b *testing.B) {
	const frames, size = 16384, 65536
	l := newLab(b)
	ref := l.submitted()
	c := l.carry(ref.String())
	line := string(make([]byte, size))
	for range frames {
		c.say(petri.Stdout, line)
	}
	total := int64(frames * (size + petri.LogHeaderSize))
	read := func(b *testing.B, o api.LogOptions, most int64) {
		b.SetBytes(most)
		for b.Loop() {
			log, err := l.ada.RunLog(b.Context(), ref, o)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.CopyN(io.Discard, log, most); err != nil {
				b.Fatal(n, err)
			}
			log.Close()
		}
	}
	b.Run("living", func(b *testing.B) { read(b, api.LogOptions{Follow: true}, total) })
	c.seal(0, map[string]string{"a": "1"})
	b.Run("ended", func(b *testing.B) { read(b, api.LogOptions{}, total) })
}

// BenchmarkCall is the cost of the smallest call that needs a token, and of one run's row.
func BenchmarkCall(b *testing.B) {
	l := newLab(b)
	ref := l.submitted()
	b.Run("whoami", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.ada.Whoami(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.ada.Run(b.Context(), ref); err != nil {
				b.Fatal(err)
			}
		}
	})
}
