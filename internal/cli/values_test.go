package cli

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSetKey(t *testing.T) {
	cases := []struct{ before, after string }{
		{"", "project = \"new\"\n"},
		{"project = \"old\"\n", "project = \"new\"\n"},
		{"# mine\n\n  project=\"old\"   # keep this\nenvironment = \"r\"\n", "# mine\n\nproject = \"new\"  # keep this\nenvironment = \"r\"\n"},
		{"environment = \"r\"", "environment = \"r\"\nproject = \"new\"\n"},
		{"[run]\nproject = \"inner\"\n", "project = \"new\"\n[run]\nproject = \"inner\"\n"},
		{"# project = \"comment\"\n[run]\n", "project = \"new\"\n# project = \"comment\"\n[run]\n"},
		{"environment = \"r\" # why\n\n[run]\ncommand = \"x\"\n", "environment = \"r\" # why\nproject = \"new\"\n\n[run]\ncommand = \"x\"\n"},
		{"project = 'a#b' # c\n", "project = \"new\"  # c\n"},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.after, setKey(c.before, "project", "new")); diff != "" {
			t.Errorf("setKey(%q): %s", c.before, diff)
		}
	}
}

func TestHumanText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 20: "1.0 MiB", 100 << 20: "100 MiB", 1 << 40: "1.0 TiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{time.Second: "1 s ago", -time.Hour: "0 s ago", 3 * time.Minute: "3 min ago", 5 * time.Hour: "5 h ago", 50 * time.Hour: "2 d ago"} {
		if got := ago(now.Add(-d), now); got != want {
			t.Errorf("ago %s: %s, want %s", d, got, want)
		}
	}
	if got := count(2, "entry"); got != "2 entries" {
		t.Error(got)
	}
	if got := width("\x1b[31mré\x1b[0m"); got != 2 {
		t.Errorf("width %d", got)
	}
	if got := oneLine(strings.Repeat("é ", 100)); utf8.RuneCountInString(got) != 120 || !strings.HasSuffix(got, "…") {
		t.Errorf("%q", got)
	}
}

func FuzzValues(f *testing.F) {
	f.Add("4g")
	f.Fuzz(func(t *testing.T, s string) {
		text := setKey(s, "project", "p")
		if !strings.Contains(text, `project = "p"`) {
			t.Errorf("setKey(%q) = %q", s, text)
		}
	})
}
