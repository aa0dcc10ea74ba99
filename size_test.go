package petri_test

import (
	"testing"

	"github.com/petri-dev/petri"
)

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "512m": 512 << 20, "4g": 4 << 30, "4G": 4 << 30, "1.5GiB": 3 << 29, "10kb": 10 << 10, "1048576": 1 << 20, "2t": 2 << 40} {
		if got, err := petri.ParseBytes(text); err != nil || got != want {
			t.Errorf("ParseBytes(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "g", "-1g", "1x", "NaN", "inf", "9999999999t", "1 2"} {
		if got, err := petri.ParseBytes(text); petri.KindOf(err) != petri.Invalid {
			t.Errorf("ParseBytes(%q) = %d, %v; want kind invalid", text, got, err)
		}
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 512 << 20: "512 MiB", 1<<30 - 1: "1 GiB", 5 << 40: "5 TiB"} {
		if got := petri.FormatBytes(n); got != want {
			t.Errorf("FormatBytes(%d) = %q, want %q", n, got, want)
		}
	}
}
