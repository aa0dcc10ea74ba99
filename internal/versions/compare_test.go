package versions_test

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/petri-dev/petri/internal/versions"
)

// ladders hold versions from oldest to newest; those on one line are equal.
var ladders = map[string]string{
	// Debian policy, 5.6.12, and versions of its archive.
	"deb": `
1.0~~
1.0~~a
1.0~
1.0 0:1.0 1.0-0
1.0-1
1.0-1+b1
1.0-1+deb12u1
1.0-1.1
1.0a
1.0a-1
1.0+dfsg-1
1.0.1
1.2
1.10
9.20240101
1:0.1
2:0`,
	// rpm's own tests/rpmvercmp.at.
	"rpm": `
1.0~rc1
1.0~rc1^git1
1.0~rc2
1.0 1_0
1.0^
1.0^git1~pre
1.0^git1
1.0^20160101
1.0^20160102
1.0a
1.0aa
1.0.1
1.0.010 1.0.10
2.0-1.el8
2.0-1.el9
2.0-1.el10
5.5p1
5.5p10
10xyz
10.1
10.1xyz
20101121
1:0.5`,
	// apk-tools' test/version.data.
	"apk": `
0.0.1
0.1_pre2
0.1
1.0_alpha
1.0_alpha1
1.0_beta
1.0_pre2
1.0_rc1
1.0_rc10
1.0
1.0-r1
1.0-r10
1.0_cvs
1.0_git20240101
1.0_hg
1.0_p1
1.0a
1.0a-r1
1.0b
1.0.0.1
1.0.001
1.0.01
1.1
1.2
1.10
20240226-r0`,
	// PEP 440, "Summary of permitted suffixes and relative ordering".
	"python": `
1.0.dev456
1.0a1 1.0.alpha.1 1.0-a1
1.0a2.dev456
1.0a12.dev456
1.0a12
1.0b1.dev456
1.0b2
1.0b2.post345.dev456
1.0b2.post345
1.0rc1.dev456
1.0rc1 1.0c1 1.0-preview-1
1.0 1.0.0 v1.0 1 01.0
1.0+abc.5
1.0+abc.7
1.0+5
1.0.post456.dev34
1.0.post456 1.0-456 1.0-r456
1.0.15
1.1.dev1
1.1
1.10
2022.1
1!0.1`,
	// The comment of conda's VersionOrder.
	"conda": `
0.4 0.4.0
0.4.1.rc 0.4.1.RC
0.4.1
0.5a1
0.5b3
0.5C1
0.5
0.9.6
0.960923
1.0
1.0.1_
1.0.1a
1.0.1g
1.1dev1
1.1_
1.1a1
1.1.0dev1 1.1.dev1
1.1.a1
1.1.0rc1
1.1.0 1.1 1.1-0
1.1+1
1.1.0post1 1.1.post1
1.1post1
1996.07.12
1!0.4.1
1!3.1.1.6
2!0.4.1`,
	// sort(package_version(…)) of R 4.2.2.
	"r": `
0.99
1.0 1.0.0 1.0-0 01.00-0
1.0-1
1.2
1.10
1.10-1 1.10.1
3.2-13
3.5-7
2024.1`,
	// semver.org, point 11.
	"npm": `
1.0.0-0
1.0.0-2
1.0.0-11
1.0.0-alpha
1.0.0-alpha.1
1.0.0-alpha.beta
1.0.0-beta
1.0.0-beta.2
1.0.0-beta.11
1.0.0-rc.1
1.0.0 v1.0.0 1.0.0+build 1.0.0+other
1.0.1
1.2.0
1.10.0
99999999999999999999.0.0`,
	// Julia's manual, "Version number literals", and versions of its binary packages.
	"julia": `
0.2.0-
0.2.0-dev
0.2.0-rc1
0.2.0-rc1+win64
0.2.0 0.2 v0.2
0.2.0+0
0.2.0+3
0.2.0+10
0.2.0+win64
0.2.1
1.10.4`,
}

func TestLadders(t *testing.T) {
	for ecosystem, ladder := range ladders {
		rungs := strings.Split(strings.TrimSpace(ladder), "\n")
		for i, lower := range rungs {
			for j, upper := range rungs {
				want := sign(i - j)
				for _, a := range strings.Fields(lower) {
					for _, b := range strings.Fields(upper) {
						if got, ok := versions.Compare(ecosystem, a, b); got != want || !ok {
							t.Errorf("%s: Compare(%s, %s) = %d, %v; want %d", ecosystem, a, b, got, ok, want)
						}
					}
				}
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestNoVersions(t *testing.T) {
	for ecosystem, bad := range map[string][]string{
		"deb":    {"", "a1", "1:", ":1", "x:1", "1.0-", "1 0", "1.0, 1.1", "1/2", strings.Repeat("1", 1001)},
		"rpm":    {"", "-1", "x:1", "1 0", "1.0-1-1"},
		"apk":    {"", "a", "1.", "1..2", "1.0_", "1.0_x", "1.0-r", "1.0-2", "1.0ab", "1.0 "},
		"python": {"", "x", "1.0-custom!", "2004d", "1.0+", "1..0", "latest"},
		"conda":  {"", "1..0", "1!", "!1", "1.0 1", "1_0-1", "1+", "1*"},
		"r":      {"", "1.", ".1", "1..2", "1.0a", "1.0_1"},
		"npm":    {"", "1", "1.0", "1.0.0.0", "^1.0.0", "1.0.0-", "latest"},
		"julia":  {"", "1.0.0.0", "x", "nightly", "1.0.0 "},
		"cargo":  {"1.0.0"},
	} {
		for _, text := range bad {
			if versions.Valid(ecosystem, text) {
				t.Errorf("%s takes %q for a version", ecosystem, text)
			}
		}
	}
}

func TestDirection(t *testing.T) {
	for _, test := range []struct{ ecosystem, a, b, want string }{
		{"python", "1.9", "1.10", "upgrade"},
		{"r", "4.10", "4.9", "downgrade"},
		{"deb", "1.0-1", "0:1.0-1", ""},
		{"python", "1.0, 1.1", "1.2", ""},
		{"nix", "1", "2", ""},
	} {
		if got := versions.Direction(test.ecosystem, test.a, test.b); got != test.want {
			t.Errorf("%v: %q", test, got)
		}
	}
}

// TestAsDpkgOrders compares with dpkg itself.
func TestAsDpkgOrders(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("no dpkg here")
	}
	part := rapid.StringMatching(`[0-9][0-9a-c.+~]{0,5}`)
	version := rapid.Custom(func(t *rapid.T) string {
		v := rapid.SampledFrom([]string{"", "", "0:", "1:"}).Draw(t, "epoch") + part.Draw(t, "upstream")
		if rapid.Bool().Draw(t, "has revision") {
			v += "-" + part.Draw(t, "revision")
		}
		return v
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := version.Draw(t, "a"), version.Draw(t, "b")
		got, ok := versions.Compare("deb", a, b)
		if !ok {
			t.Fatalf("%q or %q is taken for no version", a, b)
		}
		operator := map[int]string{-1: "lt", 0: "eq", 1: "gt"}[got]
		var exit *exec.ExitError
		if err := exec.Command(dpkg, "--compare-versions", a, operator, b).Run(); errors.As(err, &exit) {
			t.Fatalf("dpkg does not find that %q %s %q", a, operator, b)
		} else if err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzCompare(f *testing.F) {
	for _, ladder := range ladders {
		rungs := strings.Fields(ladder)
		for i := range len(rungs) - 2 {
			f.Add(rungs[i], rungs[i+1], rungs[i+2])
		}
	}
	f.Add("1.0", "1.00", "1..0")
	f.Add("01.5", "1.05", "1.50")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for _, ecosystem := range versions.Ecosystems() {
			if order, ok := versions.Compare(ecosystem, a, a); order != 0 || ok != versions.Valid(ecosystem, a) {
				t.Errorf("%s: %q with itself: %d, %v", ecosystem, a, order, ok)
			}
			list := slices.DeleteFunc([]string{a, b, c}, func(v string) bool { return !versions.Valid(ecosystem, v) })
			compare := func(x, y string) int { order, _ := versions.Compare(ecosystem, x, y); return order }
			for _, x := range list {
				for _, y := range list {
					if compare(x, y) != -compare(y, x) {
						t.Errorf("%s: %q and %q: %d, and %d the other way", ecosystem, x, y, compare(x, y), compare(y, x))
					}
					for _, z := range list {
						if compare(x, y) <= 0 && compare(y, z) <= 0 && compare(x, z) > 0 {
							t.Errorf("%s: %q ≤ %q ≤ %q, but not the first and the last", ecosystem, x, y, z)
						}
						if compare(x, y) == 0 && compare(x, z) != compare(y, z) {
							t.Errorf("%s: %q and %q are equal, but not to %q", ecosystem, x, y, z)
						}
					}
				}
			}
		}
	})
}
