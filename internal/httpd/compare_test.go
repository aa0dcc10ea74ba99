package httpd_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/runs"
)

// with seals a run that added these files, having begun with these packages.
func (c *carried) with(packages petri.PackageList, files map[string]string) petri.RunRef {
	c.Helper()
	ctx := c.Context()
	c.must(c.log.Close())
	c.advance(petri.RunCollecting, nil)
	log, size, err := logs.Seal(ctx, c.blobs.Adopt, logs.RunLog(c.data, c.run.ID))
	c.must(err)
	root, blobs := treeOf(c.TB, files)
	for _, b := range blobs {
		_, err := c.blobs.PutBytes(b)
		c.must(err)
	}
	list, err := c.blobs.PutBytes(packages.Encode())
	c.must(err)
	var changes []petri.ResultChange
	for path, text := range files {
		changes = append(changes, petri.ResultChange{Path: path, Change: "added", Bytes: int64(len(text)), Digest: petri.DigestBytes([]byte(text))})
	}
	c.run, err = c.runs.Seal(ctx, c.run.ID, runs.Finished{
		Outcome: petri.Outcome{Wall: time.Second}, Collected: runs.Collected{Tree: root, Files: int64(len(files)), Changes: changes},
		Log: log, LogBytes: size, PackagesBefore: list, PackagesAfter: list,
	})
	c.must(err)
	c.must(os.RemoveAll(logs.RunFolder(c.data, c.run.ID)))
	return c.run.Ref
}

// two are two runs of one project with these results.
func (l *lab) two(files [2]map[string]string, packages [2]petri.PackageList) (refs [2]petri.RunRef) {
	l.Helper()
	env := l.environment("r")
	project, _ := l.project("p", env.Ref, map[string]string{"main.R": "1"})
	for i := range refs {
		run, err := l.ada.CreateRun(l.Context(), project, api.NewRun{Command: []string{"true"}})
		l.must(err)
		c := l.carry(run.Ref)
		c.say(petri.Stdout, fmt.Sprintf("begun at 2026-01-05 10:0%d:00\n", i))
		refs[i] = c.with(packages[i], files[i])
	}
	return refs
}

func drawn(t testing.TB, at int) string {
	img := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	img.Set(at, at, color.Black)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompareByRules(t *testing.T) {
	l := newLab(t)
	refs := l.two([2]map[string]string{
		{"out/fit.csv": "id,se\n1,0.5\n2,0.25\n", "plot.png": drawn(t, 3), "notes.log": "a\n"},
		{"out/fit.csv": "id,se\n2,0.25\n1,0.50001\n", "plot.png": drawn(t, 4), "notes.log": "b\n"},
	}, [2]petri.PackageList{{{Ecosystem: "r", Name: "mgcv", Version: "1.8-34"}}, {{Ecosystem: "r", Name: "mgcv", Version: "1.9-1"}}})
	loose, none := 1e-3, 0.0
	for _, test := range []struct {
		how     api.CompareRules
		verdict string
		files   int
	}{
		{api.CompareRules{}, "different", 3},
		{api.CompareRules{Results: []string{"out/*.csv"}, RTol: &loose}, "different", 1},
		{api.CompareRules{Results: []string{"out/*.csv"}, RTol: &loose, ATol: &none, Keys: []string{"id"}}, "tolerance", 1},
		{api.CompareRules{Ignore: []string{"out/", "*.png", "notes.log"}}, "same", 0},
		{api.CompareRules{Ignore: []string{"**"}, Stdout: "exact"}, "different", 0},
		{api.CompareRules{Ignore: []string{"**"}, Stdout: "ignore"}, "same", 0},
	} {
		c, err := l.ada.Compare(t.Context(), refs[0], refs[1], test.how)
		l.must(err)
		if c.Verdict != test.verdict || len(c.Results) != test.files {
			t.Errorf("%+v: %s, %d files: %s", test.how, c.Verdict, len(c.Results), c.Summary)
		}
		if len(c.Packages) != 1 || c.Packages[0].Direction != "upgrade" {
			t.Errorf("packages %+v", c.Packages)
		}
	}
	for query, words := range map[string]string{
		"rtol=-1": "rtol", "rtol=x": "", "atol=NaN": "atol", "stdout=some": "rules, exact or ignore", "result=%2Fabs": "pattern", "ignore=%5B": "pattern",
	} {
		resp, body := l.request("GET", "/api/v1/compare?a="+strings.ReplaceAll(refs[0].String(), "#", "%23")+"&b=2&"+query, l.token, "")
		if resp.StatusCode != 400 && resp.StatusCode != 422 || !strings.Contains(body, `"invalid"`) || !strings.Contains(body, words) {
			t.Errorf("%s: %d %s", query, resp.StatusCode, body)
		}
	}
}

func TestComparePicture(t *testing.T) {
	l := newLab(t)
	refs := l.two([2]map[string]string{{"plot.png": drawn(t, 3), "a.csv": "a\n1\n"}, {"plot.png": drawn(t, 4), "a.csv": "a\n2\n"}}, [2]petri.PackageList{})
	got, err := l.ada.ComparePicture(t.Context(), refs[0], refs[1], "plot.png")
	l.must(err)
	if img, err := png.Decode(bytes.NewReader(got)); err != nil || img.Bounds().Dx() != 60 {
		t.Error(err)
	}
	_, err = l.ada.ComparePicture(t.Context(), refs[0], refs[1], "a.csv")
	l.wantKind(err, petri.Invalid, "neither PNG")
	for _, path := range []string{"none.png", "", "../x", "main.R/x"} {
		_, err = l.ada.ComparePicture(t.Context(), refs[0], refs[1], path)
		l.wantKind(err, petri.NotFound, "there is no file")
	}
	_, err = l.bob.ComparePicture(t.Context(), refs[0], refs[1], "plot.png")
	l.wantKind(err, petri.NotFound, "")
	_, err = l.bob.Compare(t.Context(), refs[0], refs[1], api.CompareRules{})
	l.wantKind(err, petri.NotFound, "")
}

// BenchmarkCompare compares, through the API, two runs with 1,000 result files of which ten
// differ, and package lists of which 400 rows do.
func BenchmarkCompare(b *testing.B) {
	l := newLab(b)
	random := rand.New(rand.NewPCG(1, 2))
	var files [2]map[string]string
	files[0], files[1] = map[string]string{}, map[string]string{}
	for i := range 1000 {
		var text strings.Builder
		text.WriteString("id,estimate,se\n")
		for row := range 1000 {
			fmt.Fprintf(&text, "%d,%.6f,%.6f\n", row, random.Float64(), random.Float64())
		}
		path := fmt.Sprintf("out/%02d/fit-%03d.csv", i%20, i)
		files[0][path], files[1][path] = text.String(), text.String()
		if i%100 == 0 {
			files[1][path] = strings.Replace(text.String(), "500,0.", "500,0.1", 1)
		}
	}
	var packages [2]petri.PackageList
	for i := range 2000 {
		p := petri.Package{Ecosystem: "deb", Name: fmt.Sprintf("package-%04d", i), Version: "1.2.3-1"}
		packages[0] = append(packages[0], p)
		if i%5 == 0 {
			p.Version = "1.2.4-1"
		}
		packages[1] = append(packages[1], p)
	}
	refs := l.two(files, packages)
	b.ResetTimer()
	for b.Loop() {
		c, err := l.ada.Compare(b.Context(), refs[0], refs[1], api.CompareRules{})
		if err != nil || len(c.Results) != 1000 || c.Verdict != "different" || len(c.Packages) != 400 {
			b.Fatal(c.Summary, err)
		}
	}
}
