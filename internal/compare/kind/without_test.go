package kind_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri/internal/compare/kind"
)

func TestWithout(t *testing.T) {
	begin, end := regexp.MustCompile(`<[ab]>`), regexp.MustCompile(`</[ab]>`)
	for text, want := range map[string]string{
		"": "", "plain": "plain", "1<a>x</a>2<b></b>3": "123", "<a>": "<a>", "1<a>2<b>3</a>4</b>": "14</b>", "1<a>2</b>3<a>4": "13<a>4",
	} {
		var found []string
		if got := string(kind.Without([]byte(text), begin, end, func(b []byte) { found = append(found, string(b)) })); got != want || len(strings.Join(found, "")) != len(text)-len(want) {
			t.Errorf("%q: %q, want %q; found %q", text, got, want, found)
		}
	}
	begun := time.Now()
	kind.Without([]byte(strings.Repeat("<a>", 1<<20)), begin, end, nil)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("beginnings without an end took %s", took)
	}
}
