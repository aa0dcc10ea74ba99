package projectfile_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/projectfile"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"1": 1, "512m": 512 << 20, "4g": 4 << 30, "1.5g": 3 << 29, "4GiB": 4 << 30, "4GB": 4 << 30, "10k": 10 << 10, "1t": 1 << 40, "100b": 100, "4G": 4 << 30,
		"": -1, "g": -1, "-1g": -1, "4x": -1, "1.5": -1, "0": -1, "NaN": -1, "inf": -1, "1e3": -1, "4 g": -1, "4gg": -1, "0x10": -1, "99999999t": -1, "4i": -1, "ib": -1,
	} {
		got, err := projectfile.ParseSize(s)
		if want < 0 != (err != nil) || err == nil && got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "10m": 10 * time.Minute, "1h30m": 90 * time.Minute, "2d": 48 * time.Hour, "45": 45 * time.Second, "1.5": 1500 * time.Millisecond, "0.5d": 12 * time.Hour,
		"": 0, "0": 0, "-1m": 0, "d": 0, "NaN": 0, "NaNd": 0, "infd": 0, "1w": 0, "tomorrow": 0, "1e400": 0,
	} {
		got, err := projectfile.ParseDuration(s)
		if (want == 0) != (err != nil) || err == nil && got != want {
			t.Errorf("ParseDuration(%q) = %s, %v; want %s", s, got, err, want)
		}
	}
}

func TestCommands(t *testing.T) {
	cases := map[string][]string{
		"": nil, `command = "Rscript main.R"`: {"Rscript", "main.R"}, `command = "make > log"`: {"sh", "-c", "make > log"},
		`command = 'echo "a b"'`: {"sh", "-c", `echo "a b"`}, `command = ["a b", "c"]`: {"a b", "c"},
	}
	for line, want := range cases {
		file, err := projectfile.Parse([]byte("[run]\n" + line))
		if err != nil || cmp.Diff(want, file.Run.Command) != "" {
			t.Errorf("%s: %q, %v", line, file.Run.Command, err)
		}
	}
}

const whole = `project = "science/churn"
environment = "science/r@4"      # or without @: follow the active revision

[run]
command = "Rscript main.R"
memory = "4g"
variables = { A = "run", B = "run" }

[compare]
ignore = ["tmp/*"]
rtol = 1e-3
keys = ["id"]
[[compare.log]]
pattern = "seed [0-9]+"
[[compare.file]]
pattern = "out/*.csv"
atol = 2

[[check]]
name = "forecast"
command = "Rscript forecast.R"
timeout = "10m"
results = ["out/*.csv", "out/summary.json"]
rtol = 1e-8
atol = 0.0
stdout = "ignore"                # or "exact"
variables = { B = "check" }
ignore = ["out/log.csv"]
[[check.file]]
pattern = "out/prices.csv"
columns = { price = { rtol = 1e-6 }, "time_*" = { ignore = true } }

[[check]]
name = "plain"
command = ["true"]
cpus = 2
`

func TestWholeFile(t *testing.T) {
	file, err := projectfile.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if file.Project != "science/churn" || file.Environment != "science/r@4" || !file.Trials || file.Run.MemoryBytes != 4<<30 {
		t.Errorf("%+v", file)
	}
	two, rtol := 2.0, 1e-6
	logs := []petri.LogRule{{Pattern: "seed [0-9]+"}}
	general := petri.FileRules{Pattern: "out/*.csv", ATol: &two}
	want := []petri.Check{{
		Name: "forecast",
		Spec: petri.RunSpec{Command: []string{"Rscript", "forecast.R"}, Timeout: 10 * time.Minute, MemoryBytes: 4 << 30, Variables: map[string]string{"A": "run", "B": "check"}},
		Rules: petri.Rules{
			Tolerance: petri.Tolerance{RTol: 1e-8}, Results: []string{"out/*.csv", "out/summary.json"}, Ignore: []string{"tmp/*", "out/log.csv"}, Keys: []string{"id"},
			Stdout: "ignore", Logs: logs,
			Files: []petri.FileRules{general, {Pattern: "out/prices.csv", Columns: []petri.ColumnRules{{Name: "time_*", Ignore: true}, {Name: "price", RTol: &rtol}}}},
		},
	}, {
		Name:  "plain",
		Spec:  petri.RunSpec{Command: []string{"true"}, CPUs: 2, MemoryBytes: 4 << 30, Variables: map[string]string{"A": "run", "B": "run"}},
		Rules: petri.Rules{Tolerance: petri.Tolerance{RTol: 1e-3}, Ignore: []string{"tmp/*"}, Keys: []string{"id"}, Logs: logs, Files: []petri.FileRules{general}},
	}}
	if diff := cmp.Diff(want, file.Checks()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(petri.Rules{Tolerance: petri.Tolerance{RTol: 1e-3}, Ignore: []string{"tmp/*"}, Keys: []string{"id"}, Logs: logs, Files: []petri.FileRules{general}}, file.Rules()); diff != "" {
		t.Error(diff)
	}
	if check, err := file.Check("plain"); err != nil || check.Name != "plain" {
		t.Error(check, err)
	}
	if _, err := file.Check("none"); petri.KindOf(err) != petri.NotFound || !strings.Contains(err.Error(), "forecast, plain") {
		t.Error(err)
	}
}

func TestBadFiles(t *testing.T) {
	check := func(lines string) string { return "\n[[check]]\nname = \"c\"\ncommand = \"true\"\n" + lines }
	cases := map[string]string{
		"colour = 1":                                 `petri.toml, line 1: Petri knows no setting "colour"`,
		"[[check]]\nname = \"c\"\ntolerance = 1":     `petri.toml, line 3: Petri knows no setting "check.tolerance"`,
		"project = 7":                                "line 1, column 11: an integer stands here, and it must be a text in quotes",
		"project = [":                                "line 1",
		"project = \"A B\"":                          "petri.toml: project: ",
		"environment = \"r@x\"":                      "petri.toml: environment: ",
		"[run]\nmemory = \"lots\"":                   `petri.toml: run.memory: "lots" is not a size`,
		"[run]\ntimeout = \"soon\"":                  "run.timeout: ",
		"[run]\ncpus = -1":                           "petri.toml: run: cannot run with -1 CPUs",
		"[run]\ncommand = 7":                         "run.command: a command is a string or a list of strings",
		"[compare]\nrtol = -1":                       "petri.toml: compare: rtol cannot be -1",
		"[compare]\nrtol = nan":                      "rtol cannot be NaN",
		"[[compare.log]]\npattern = \"(\"":           "is no regular expression",
		"trials = \"no\"":                            "it must be true or false",
		"\n[[check]]\ncommand = \"true\"":            `petri.toml, line 2: a check has no name`,
		check("results = [\"/etc\"]"):                `petri.toml, line 2: check "c": "/etc" is no pattern of files`,
		check("results = \"out\""):                   "it must be a list of texts",
		check("stdout = \"loud\""):                   `check "c": stdout cannot be "loud"`,
		check("memory = \"1k\""):                     `check "c": cannot run with 1024 bytes of memory`,
		check("timeout = \"x\""):                     `check "c": timeout: `,
		check("network = \"lan\""):                   `"lan" is not a network`,
		check("[[check.file]]\nrtol = 1"):            `"" is no pattern of files`,
		check("") + check(""):                        `line 6: check "c" is declared twice`,
		"[[check]]\nname = \"a b\"\ncommand = \"x\"": `"a b" cannot name a check`,
		"[[check]]\nname = \"c\"":                    "it has no command",
		"# " + strings.Repeat("x", 1<<20):            "larger than 1 MiB",
	}
	for text, says := range cases {
		_, err := projectfile.Parse([]byte(text))
		if petri.KindOf(err) != petri.Invalid || !strings.Contains(petri.MessageOf(err), says) {
			t.Errorf("%.80q: got %v, want …%s…", text, err, says)
		}
	}
	if _, err := projectfile.Parse([]byte("\ufeffproject = \"p\"\r\ntrials = false\r\n")); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("[[check]]\nname = 'c'\ncommand = ['x']\n[[check.file]]\npattern='*'\ncolumns={'a*'={rtol=1}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := projectfile.Parse(b)
		if err != nil {
			if petri.KindOf(err) != petri.Invalid {
				t.Errorf("%q: %v", b, err)
			}
			return
		}
		seen := map[string]bool{}
		for _, c := range file.Checks() {
			if seen[c.Name] || c.Spec.Check() != nil || c.Rules.Check() != nil {
				t.Errorf("%q: %+v", b, c)
			}
			seen[c.Name] = true
		}
		if err := file.Rules().Check(); err != nil {
			t.Error(err)
		}
	})
}

// The documentation's own example is one.
func TestDocumentedFile(t *testing.T) {
	text, err := os.ReadFile("../../docs/petri-toml.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```toml\n")
	example, _, found := strings.Cut(rest, "```")
	file, err := projectfile.Parse([]byte(example))
	if err != nil || !found || len(file.Checks()) != 1 || len(file.Checks()[0].Rules.Files) != 2 {
		t.Errorf("%+v, %v", file, err)
	}
}

// TestHostileFiles: what a stranger can write into a megabyte is read, or refused in a few words, at once.
func TestHostileFiles(t *testing.T) {
	const most = 1 << 20
	for name, piece := range map[string]string{
		"checks": "[[check]]\n", "files": "[[check.file]]\n", "logs": "[[compare.log]]\n", "arrays": "a = [[[[[[[[", "dots": "a.a.a.a.a.a.", "tables": "a={a={a={",
	} {
		begun := time.Now()
		_, err := projectfile.Read(strings.NewReader(strings.Repeat(piece, most/len(piece))))
		if took := time.Since(begun); petri.KindOf(err) != petri.Invalid || len(petri.MessageOf(err)) > 1000 || took > 10*time.Second {
			t.Errorf("%s: after %s %.200v", name, took, err)
		}
	}
}
