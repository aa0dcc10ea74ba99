package petri_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
)

// odd are pieces of names that a text form has to get right.
var odd = []string{"a", "B", "zlib", "\t", "\n", "\r", "\\", `\t`, " ", "é", "#", "", "1.0", "-", "\x00", "\u2028"}

func oddText(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(4) {
		b.WriteString(odd[random.IntN(len(odd))])
	}
	return b.String()
}

func oddPackages(random *rand.Rand, origins bool) []petri.Package {
	rows := make([]petri.Package, random.IntN(30))
	for i := range rows {
		rows[i] = petri.Package{Ecosystem: []string{"deb", "r", "python"}[random.IntN(3)], Name: oddText(random), Version: oddText(random), Location: oddText(random)}
		if origins && random.IntN(3) == 0 {
			rows[i].Origin = oddText(random)
		}
	}
	return rows
}

// A list's text is the same whatever order its rows came in, reads back as the list, and differs
// by as many lines as packages do.
func TestPackageListProperties(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		rows := oddPackages(random, seed%2 == 0)
		list := petri.NewPackageList(slices.Clone(rows))
		text := list.Encode()
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if again := petri.NewPackageList(append(rows, rows...)).Encode(); !bytes.Equal(again, text) {
			t.Fatalf("seed %d: another order, another text:\n%s\n%s", seed, text, again)
		}
		back, err := petri.DecodePackageList(text)
		if err != nil || !slices.Equal(back, list) || !bytes.Equal(back.Encode(), text) {
			t.Fatalf("seed %d: %v %s", seed, err, cmp.Diff(list, back))
		}
		if lines := bytes.Count(text, []byte("\n")); lines != len(list)+1 {
			t.Fatalf("seed %d: %d lines for %d packages", seed, lines, len(list))
		}
		if len(list) == 0 || list[0].Origin != "" {
			continue
		}
		without := slices.Delete(slices.Clone(list), 0, 1)
		if slices.ContainsFunc(list, func(p petri.Package) bool { return p.Origin != "" }) {
			continue
		}
		if first, rest, _ := bytes.Cut(text, []byte("\n")); !bytes.HasPrefix(without.Encode(), first) ||
			!bytes.HasSuffix(rest, bytes.SplitN(without.Encode(), []byte("\n"), 2)[1]) {
			t.Fatalf("seed %d: one package less changes other lines", seed)
		}
	}
}

// A list without origins has the text that it always had.
func TestPackageListForms(t *testing.T) {
	p := petri.Package{Ecosystem: "r", Name: "x", Version: "1", Location: "/l"}
	if text := string(petri.NewPackageList([]petri.Package{p}).Encode()); text != "# petri packages 1: ecosystem, name, version, location; separated by tabs\nr\tx\t1\t/l\n" {
		t.Error(text)
	}
	p.Origin = "CRAN, built with R 4.2.2"
	text := petri.NewPackageList([]petri.Package{p, {Ecosystem: "deb", Name: "d", Version: "2"}}).Encode()
	want := "# petri packages 2: ecosystem, name, version, location, origin; separated by tabs\ndeb\td\t2\t\t\nr\tx\t1\t/l\tCRAN, built with R 4.2.2\n"
	if string(text) != want {
		t.Errorf("%s", text)
	}
	for _, bad := range []string{strings.Replace(want, "packages 2", "packages 3", 1), want + "r\tx\t1\t/l\n", "# petri packages 1: ecosystem, name, version, location; separated by tabs\nr\tx\t1\t/l\torigin\n"} {
		if _, err := petri.DecodePackageList([]byte(bad)); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestFactsProperties(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 2))
		rows := make([]petri.Fact, random.IntN(20))
		for i := range rows {
			rows[i] = petri.Fact{Name: oddText(random), Value: oddText(random)}
		}
		facts := petri.NewFacts(slices.Clone(rows))
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		text := facts.Encode()
		if again := petri.NewFacts(append(rows, rows...)).Encode(); !bytes.Equal(again, text) {
			t.Fatalf("seed %d: another order, another text", seed)
		}
		back, err := petri.DecodeFacts(text)
		if err != nil || !slices.Equal(back, facts) {
			t.Fatalf("seed %d: %v %s", seed, err, cmp.Diff(facts, back))
		}
		if changes := petri.DiffFacts(facts, back); len(changes) != 0 {
			t.Fatalf("seed %d: %v", seed, changes)
		}
	}
}

// FuzzDecodeLists reads lists and facts from anywhere: what is taken has one text.
func FuzzDecodeLists(f *testing.F) {
	f.Add([]byte("# petri facts 1: name, value; separated by a tab\nblas\topenblas\n"))
	f.Add([]byte("# petri packages 1: ecosystem, name, version, location; separated by tabs\nr\tx\t1\t/l\n"))
	f.Add([]byte("# petri packages 2: ecosystem, name, version, location, origin; separated by tabs\nr\tx\t1\t/l\t\\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if list, err := petri.DecodePackageList(text); err == nil {
			if back, err := petri.DecodePackageList(list.Encode()); err != nil || !slices.Equal(list, back) {
				t.Error(fmt.Sprint(list), back, err)
			}
		}
		if facts, err := petri.DecodeFacts(text); err == nil {
			if back, err := petri.DecodeFacts(facts.Encode()); err != nil || !slices.Equal(facts, back) {
				t.Error(facts, back, err)
			}
		}
	})
}
