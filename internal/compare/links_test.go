package compare_test

import (
	"context"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare"
	"github.com/petri-dev/petri/internal/tree"
)

// TestLinks: a symbolic link among the results is told by where it points to, and not read as a file
// of its name.
func TestLinks(t *testing.T) {
	for name, test := range map[string]struct {
		kinds    [2]tree.Kind
		contents [2]string
		want     string
	}{
		"two links":         {[2]tree.Kind{tree.Link, tree.Link}, [2]string{"a.csv", "b\x1b.csv"}, `a link to "a.csv" in A, a link to "b\x1b.csv" in B`},
		"a file and a link": {[2]tree.Kind{tree.File, tree.Link}, [2]string{"x,y\n1,2\n", "b.csv"}, `a file in A, a link to "b.csv" in B`},
		"a long way":        {[2]tree.Kind{tree.Link, tree.File}, [2]string{strings.Repeat("d/", 1000), "x\n1\n"}, `a link to "` + strings.Repeat("d/", 60) + `"… in A, a file in B`},
		"none":              {[2]tree.Kind{tree.File, tree.File}, [2]string{"x,y\n1,2\n", "x,y\n1,3\n"}, `1 of 2 cells differs`},
	} {
		b := blobs{}
		sides := [2]compare.Side{{Run: sealed(1)}, {Run: sealed(2)}}
		for i, content := range test.contents {
			change := b.change("out/a.csv", "added", content)
			root, _, _, err := tree.Build([]tree.Leaf{{Path: change.Path, Kind: test.kinds[i], Size: change.Bytes, Digest: change.Digest}}, b.put)
			if err != nil {
				t.Fatal(err)
			}
			sides[i].Results, sides[i].Run.ResultChanges = root, []petri.ResultChange{change}
		}
		c, err := compare.Runs(context.Background(), sides[0], sides[1], petri.Rules{}, b.open)
		if err != nil || c.Verdict != petri.Different || !strings.HasPrefix(c.Results[0].Summary, test.want) {
			t.Errorf("%s: %v, %s, %q", name, err, c.Verdict, c.Results[0].Summary)
		}
	}
}
