package petri_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
)

func TestRecordKeepsNamesThatAreNotUTF8(t *testing.T) {
	for _, path := range []string{"out/a.csv", "lat\xe9in", "\xff", "é\n"} {
		want := petri.RecordResults{
			Changes: []petri.ResultChange{{Path: path, Change: "added", Bytes: 3, Digest: petri.DigestBytes(nil)}},
			LeftOut: []petri.LeftOut{{Path: path, Why: "a socket"}},
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got petri.RecordResults
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got.Changes[0] != want.Changes[0] || got.LeftOut[0] != want.LeftOut[0] {
			t.Errorf("%q came back from %s as %+v", path, text, got)
		}
		if plain := strings.Count(string(text), "path_bytes") == 0; plain != (path == "out/a.csv" || path == "é\n") {
			t.Errorf("%q is written as %s", path, text)
		}
	}
}
