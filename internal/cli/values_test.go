package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"1": 1, "512m": 512 << 20, "4g": 4 << 30, "1.5g": 3 << 29, "4GiB": 4 << 30, "4GB": 4 << 30, "10k": 10 << 10, "1t": 1 << 40, "100b": 100, "4G": 4 << 30,
		"": -1, "g": -1, "-1g": -1, "4x": -1, "1.5": -1, "0": -1, "NaN": -1, "inf": -1, "1e3": -1, "4 g": -1, "4gg": -1, "0x10": -1, "99999999t": -1, "4i": -1, "ib": -1,
	} {
		got, err := parseSize(s)
		if want < 0 != (err != nil) || err == nil && got != want {
			t.Errorf("parseSize(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "10m": 10 * time.Minute, "1h30m": 90 * time.Minute, "2d": 48 * time.Hour, "45": 45 * time.Second, "1.5": 1500 * time.Millisecond, "0.5d": 12 * time.Hour,
		"": 0, "0": 0, "-1m": 0, "d": 0, "NaN": 0, "NaNd": 0, "infd": 0, "1w": 0, "tomorrow": 0, "1e400": 0,
	} {
		got, err := parseDuration(s)
		if (want == 0) != (err != nil) || err == nil && got != want {
			t.Errorf("parseDuration(%q) = %s, %v; want %s", s, got, err, want)
		}
	}
}

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

func TestCommandSettings(t *testing.T) {
	cases := []struct {
		in   any
		want []string
	}{
		{nil, nil},
		{"Rscript main.R", []string{"Rscript", "main.R"}},
		{"make > log", []string{"sh", "-c", "make > log"}},
		{`echo "a b"`, []string{"sh", "-c", `echo "a b"`}},
		{[]any{"a b", "c"}, []string{"a b", "c"}},
	}
	for _, c := range cases {
		got, err := runSettings{Command: c.in}.command()
		if err != nil || cmp.Diff(c.want, got) != "" {
			t.Errorf("%v: %q, %v", c.in, got, err)
		}
	}
}

func TestWholeSettings(t *testing.T) {
	s := settings{path: "petri.toml"}
	err := s.parse([]byte(`project = "science/churn"
environment = "science/r@4"      # or without @: follow the active revision

[run]
command = "Rscript main.R"
memory = "4g"

[[check]]
name = "forecast"
command = "Rscript forecast.R"
timeout = "10m"
results = ["out/*.csv", "out/summary.json"]
rtol = 1e-8
atol = 0.0
stdout = "ignore"                # or "exact"
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Project != "science/churn" || s.Run.Memory != "4g" || len(s.Checks) != 1 || s.Checks[0].RTol != 1e-8 {
		t.Errorf("%+v", s)
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
	if got := oneLine(strings.Repeat("é ", 100)); len(got) > 124 || !strings.HasSuffix(got, "…") {
		t.Errorf("%q", got)
	}
}

func FuzzValues(f *testing.F) {
	f.Add("4g")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseSize(s); err == nil && n <= 0 {
			t.Errorf("parseSize(%q) = %d", s, n)
		}
		if d, err := parseDuration(s); err == nil && d <= 0 {
			t.Errorf("parseDuration(%q) = %s", s, d)
		}
		text := setKey(s, "project", "p")
		if !strings.Contains(text, `project = "p"`) {
			t.Errorf("setKey(%q) = %q", s, text)
		}
	})
}
