package cli_test

import (
	"testing"

	"github.com/petri-dev/petri/api"
)

// TestFacts holds what is printed of facts, and of packages whose origin is known.
func TestFacts(t *testing.T) {
	facts := []api.Fact{
		{Name: "blas", Value: "openblas 0.3.21 pthread (/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3)"}, {Name: "blas", Value: "reference 3.11.0 (/opt/lib/libblas.so.3.11.0)"},
		{Name: "libc", Value: "glibc 2.36"}, {Name: "r", Value: "4.2.2 (/usr/lib/R)"},
	}
	diff := api.EnvironmentDiff{A: "me/r@2", B: "me/r@3", Facts: []api.FieldChange{{Field: "libc", A: "glibc 2.31", B: "glibc 2.36"}, {Field: "julia", A: "", B: "1.9.3 (/usr/bin/julia)"}, {Field: "python", A: "3.11.2 (/usr/bin/python3.11), 3.9.18 (/opt/py/bin/python3.9)", B: "3.11.2 (/usr/bin/python3.11), 3.12.4 (/opt/py/bin/python3.12), 3.8.1 (/opt/py/bin/python3.8)"}}}
	known := map[string]any{
		"GET /environments/me/r/revisions/active/facts": facts, "GET /projects/me/p/runs/7/facts": append(facts, api.Fact{Name: "cpu_model", Value: "Fast"}),
		"GET /environments-diff": diff,
		"GET /environments/me/r/revisions/active/packages": []api.Package{
			{Ecosystem: "deb", Name: "bash", Version: "5.2"}, {Ecosystem: "r", Name: "sf", Version: "1.0-9", Location: "/usr/lib/R", Origin: "CRAN, built with R 4.2.2"},
		},
	}
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n")
	b.can(known)
	for name, args := range map[string][]string{
		"env-facts": {"env", "packages", "me/r", "--facts"}, "facts": {"packages", "7", "--facts"}, "env-diff-facts": {"env", "diff", "me/r@2", "me/r@3"},
		"env-packages-origin": {"env", "packages", "me/r"},
	} {
		for _, form := range []string{"txt", "json"} {
			if form == "json" {
				args = append([]string{"--json"}, args...)
			}
			r := b.petri(args...)
			if r.code != 0 {
				t.Errorf("petri %v: %+v", args, r)
			}
			golden(t, "output/"+name+"."+form, r.stdout+r.stderr)
		}
	}
	if r := b.petri("packages", "7", "--facts", "--loaded"); r.code != 2 {
		t.Errorf("%+v", r)
	}
}
