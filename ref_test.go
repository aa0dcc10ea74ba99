package petri_test

import (
	"strings"
	"testing"

	"github.com/petri-dev/petri"
)

func TestParseEnvironmentRef(t *testing.T) {
	for text, want := range map[string]petri.EnvironmentRef{
		"science/r":          {Owner: "science", Name: "r"},
		"science/r@3":        {Owner: "science", Name: "r", Revision: 3},
		"r":                  {Owner: "me", Name: "r"},
		"r@12":               {Owner: "me", Name: "r", Revision: 12},
		"a.b_c-d/x1.y2@7":    {Owner: "a.b_c-d", Name: "x1.y2", Revision: 7},
		"science/r-4.5@2147": {Owner: "science", Name: "r-4.5", Revision: 2147},
	} {
		got, err := petri.ParseEnvironmentRef(text, "me")
		if err != nil || got != want {
			t.Errorf("ParseEnvironmentRef(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "/", "a/", "/a", "A/b", "a/b/c", "a/b@", "a/b@0", "a/b@-1", "a/b@01", "a/b@1@2", "a/b@x", "a..b/c", "-a/b", "a/b@99999999999", "ä/b", "a b/c", strings.Repeat("x", 64) + "/r", "../x"} {
		if got, err := petri.ParseEnvironmentRef(text, "me"); petri.KindOf(err) != petri.Invalid {
			t.Errorf("ParseEnvironmentRef(%q) = %+v, %v; want kind invalid", text, got, err)
		}
	}
	if _, err := petri.ParseEnvironmentRef("r", ""); petri.KindOf(err) != petri.Invalid {
		t.Errorf("a name without an owner, and none by default: %v", err)
	}
}

func TestParseRunRef(t *testing.T) {
	here := petri.ProjectRef{Owner: "me", Name: "churn"}
	for text, want := range map[string]petri.RunRef{
		"17":          {Project: here, Number: 17},
		"#17":         {Project: here, Number: 17},
		"other#3":     {Project: petri.ProjectRef{Owner: "me", Name: "other"}, Number: 3},
		"you/other#3": {Project: petri.ProjectRef{Owner: "you", Name: "other"}, Number: 3},
	} {
		if got, err := petri.ParseRunRef(text, here); err != nil || got != want {
			t.Errorf("ParseRunRef(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "#", "0", "x", "a/b", "a/b#", "a/b#0", "a/b#1#2", "17 ", "1e3"} {
		if got, err := petri.ParseRunRef(text, here); petri.KindOf(err) != petri.Invalid {
			t.Errorf("ParseRunRef(%q) = %+v, %v; want kind invalid", text, got, err)
		}
	}
	if _, err := petri.ParseRunRef("17", petri.ProjectRef{}); petri.KindOf(err) != petri.Invalid {
		t.Errorf("a bare number outside any project: %v", err)
	}
}

func FuzzReferences(f *testing.F) {
	for _, s := range []string{"science/r@3", "me/churn#17", "17", "a//b", "@", "#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ref, err := petri.ParseEnvironmentRef(s, "me"); err == nil {
			if again, err := petri.ParseEnvironmentRef(ref.String(), ""); err != nil || again != ref {
				t.Fatalf("%q reads as %v, which reads as %v, %v", s, ref, again, err)
			}
		}
		if ref, err := petri.ParseRunRef(s, petri.ProjectRef{Owner: "me", Name: "p"}); err == nil {
			if again, err := petri.ParseRunRef(ref.String(), petri.ProjectRef{}); err != nil || again != ref {
				t.Fatalf("%q reads as %v, which reads as %v, %v", s, ref, again, err)
			}
		}
	})
}
