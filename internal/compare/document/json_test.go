package document_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/document"
	"github.com/petri-dev/petri/internal/compare/kind"
)

func content(s string) kind.Content {
	return kind.Content{Path: "out.json", Size: int64(len(s)), ReaderAt: strings.NewReader(s)}
}

func within(rtol, atol float64, columns ...petri.ColumnRules) petri.FileRules {
	return petri.FileRules{RTol: &rtol, ATol: &atol, Columns: columns}
}

func compared(t testing.TB, comparer kind.Comparer, a, b string, rules petri.FileRules) petri.FileComparison {
	t.Helper()
	f, err := comparer(t.Context(), content(a), content(b), rules)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func utf16be(s string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

const fit = `{"model": "lm", "fit": {"coef": [1.5, 2.25], "se": [0.1, 0.2], "n": 120}, "ok": true}`

func TestJSON(t *testing.T) {
	same := "the values are the same"
	tests := []struct {
		name    string
		a, b    string
		rules   petri.FileRules
		verdict petri.Verdict
		summary string
		where   string // of the worst
	}{
		{name: "the same", a: fit, b: fit, verdict: petri.Same, summary: same},
		{name: "written otherwise", a: fit, b: `{"ok":true,"fit":{"n":120,"se":[1e-1,0.20],"coef":[1.50,2.25]},"model":"\u006cm"}`, verdict: petri.Same, summary: same},
		{name: "a number", a: fit, b: strings.Replace(fit, "0.2]", "0.25]", 1), verdict: petri.Different, summary: "1 of 7 values differs, $.fit.se[1]: 0.2 → 0.25", where: "$.fit.se[1]"},
		{name: "tolerance", a: fit, b: strings.Replace(fit, "0.2]", "0.2000000001]", 1), rules: within(1e-6, 0), verdict: petri.WithinTolerance, summary: "1 of 7 values differs within tolerance, $.fit.se[1]: 0.2 → 0.2000000001", where: "$.fit.se[1]"},
		{name: "a path's tolerance", a: fit, b: strings.Replace(fit, "0.2]", "0.3]", 1), rules: within(0, 0, petri.ColumnRules{Name: "fit.se", ATol: new(0.2)}), verdict: petri.WithinTolerance, summary: "1 of 7 values differs within tolerance, $.fit.se[1]: 0.2 → 0.3", where: "$.fit.se[1]"},
		{name: "ignored path", a: `{"t": 1, "x": {"t_1": 2, "y": 3}}`, b: `{"t": [2], "x": {"y": 3}}`, rules: within(0, 0, petri.ColumnRules{Name: "$.t", Ignore: true}, petri.ColumnRules{Name: "x.t_*", Ignore: true}), verdict: petri.Same, summary: same},
		{name: "keys", a: `{"a":1,"b":2,"c":3}`, b: `{"b":2,"d":4,"a":1}`, verdict: petri.Different, summary: "only in A: $.c; only in B: $.d", where: "$.c"},
		{name: "longer", a: `{"a":[1,2]}`, b: `{"a":[1,2,3,4]}`, verdict: petri.Different, summary: "only in B: $.a[2], $.a[3]", where: "$.a[2]"},
		{name: "another shape", a: `{"a":[1,2]}`, b: `{"a":{"x":1}}`, verdict: petri.Different, summary: `1 of 1 value differs, $.a: [1,2] → {"x":1}`, where: "$.a"},
		{name: "null is not NaN", a: `[null, NaN, Infinity, -Infinity]`, b: `[NaN, NaN, Infinity, Infinity]`, verdict: petri.Different, summary: `2 of 4 values differ, most in "$": null → NaN ($[0])`, where: "$[0]"},
		{name: "zeros", a: `[0, -0, 0.0]`, b: `[-0.0, 0, -0]`, verdict: petri.Same, summary: same},
		{name: "big whole numbers", a: `[9007199254740993, 123456789012345678901234567890]`, b: `[9007199254740992, 123456789012345678901234567891]`, verdict: petri.Different, summary: `2 of 2 values differ, most in "$": 9007199254740993 → 9007199254740992 ($[0])`, where: "$[0]"},
		{name: "whole and not", a: `[1, 100]`, b: `[1.0, 1e2]`, verdict: petri.Same, summary: same},
		{name: "twice", a: `{"x":{"a":1,"b":2,"a":3}}`, b: `{"x":{"a":3,"b":2}}`, verdict: petri.Same, summary: same + `; a key stands twice in an object ($.x, a), of which the last one counts`},
		{name: "odd keys", a: `{"a b":{"":1,"c.d":2}}`, b: `{"a b":{"":2,"c.d":3}}`, verdict: petri.Different, summary: `2 of 2 values differ, most in "$[\"a b\"][\"\"]": 1 → 2 ($["a b"][""])`, where: `$["a b"][""]`},
		{name: "keyed", a: `{"r":[{"id":1,"v":5},{"id":2,"v":6}]}`, b: `{"r":[{"id":2,"v":6},{"v":5.5,"id":1},{"id":3,"v":7}]}`, rules: petri.FileRules{Keys: []string{"id"}}, verdict: petri.Different, summary: "1 of 4 values differs, $.r[id=1].v: 5 → 5.5; only in B: $.r[id=3]; entries are matched by id", where: "$.r[id=3]"},
		{name: "keys twice", a: `[{"id":1,"v":1},{"id":1,"v":2}]`, b: `[{"id":1,"v":1},{"id":1,"v":2}]`, rules: petri.FileRules{Keys: []string{"id"}}, verdict: petri.Same, summary: same + "; entries are matched by id; some have the same keys and are matched in their order"},
		{name: "no keys", a: `[{"v":1},2]`, b: `[{"v":1},2]`, rules: petri.FileRules{Keys: []string{"id"}}, verdict: petri.Same, summary: same},
		{name: "marks and wide", a: "\ufeff" + `{"Zürich": "😀"}`, b: utf16be(`{"Zürich": "😀"}`), verdict: petri.Same, summary: same},
		{name: "escapes", a: `["\ud83d\ude00\n\u00fc\/", "\ud800"]`, b: `["😀\nü/", "\ud801"]`, verdict: petri.Different, summary: "1 of 2 values differs, $[1]: \"\\xed\\xa0\\x80\" → \"\\xed\\xa0\\x81\"", where: "$[1]"},
		{name: "scalars", a: ` "x" `, b: `"x"`, verdict: petri.Same, summary: same},
		{name: "overflow", a: `[1e999]`, b: `[1e998]`, verdict: petri.Different, summary: "1 of 1 value differs, $[0]: 1e999 → 1e998", where: "$[0]"},
		{name: "only the order", a: `[{"a":1,"b":{"c":1,"d":[1,{"e":2,"f":3}]}},{"z":1}]`, b: `[{"b":{"d":[1,{"f":3,"e":2}],"c":1},"a":1},{"z":1}]`, verdict: petri.Same, summary: same},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := compared(t, document.JSON, test.a, test.b, test.rules)
			if f.Kind != "json" || f.Verdict != test.verdict || f.Summary != test.summary {
				t.Errorf("got %s %q, want %s %q", f.Verdict, f.Summary, test.verdict, test.summary)
			}
			if test.where != "" && (len(f.Cells) == 0 || f.Cells[0].Where != test.where) {
				t.Errorf("cells %+v", f.Cells)
			}
		})
	}
}

func TestColumns(t *testing.T) {
	f := compared(t, document.JSON, `{"r":[{"x":1,"s":"a"},{"x":2,"s":"b"}]}`, `{"r":[{"x":1.5,"s":"a"},{"x":2,"s":"c"}]}`, within(0.1, 0))
	want := `[{$.r.x different 2 1 1} {$.r.s different 2 1 1}]`
	var got []string
	for _, c := range f.Columns {
		got = append(got, fmt.Sprint("{", c.Name, " ", c.Verdict, " ", c.Cells, " ", c.Differing, " ", c.Beyond, "}"))
	}
	if s := "[" + strings.Join(got, " ") + "]"; s != want || f.MaxAbs == nil || *f.MaxAbs != 0.5 || *f.MaxRel != 0.5/1.5 {
		t.Errorf("got %s, %v", s, f.MaxAbs)
	}
}

func TestLines(t *testing.T) {
	a := `{"id":1,"price":1.5,"tags":["x"]}` + "\n\n" + `{"id":2,"price":2.5,"tags":[]}` + "\n"
	b := `{"price":1.5,"id":1,"tags":["y"]}` + "\r\n" + `{"id":2,"price":2.75,"tags":[]}` + "\n" + `{"id":3}`
	f := compared(t, document.Lines, a, b, petri.FileRules{})
	if f.Kind != "jsonl" || f.Summary != `2 of 5 values differ, most in "price": 2.5 → 2.75 (row 2, column "price"); only in B: row 3` && f.Summary != `2 of 5 values differ, most in "tags": "x" → "y" (row 1, column "tags[0]"); only in B: row 3` {
		t.Errorf("got %q", f.Summary)
	}
	f = compared(t, document.Lines, a, b, within(0.5, 0, petri.ColumnRules{Name: "tags", Ignore: true}, petri.ColumnRules{Name: "$.id"}))
	if f.Summary != `1 of 4 values differs within tolerance, row 2, column "price": 2.5 → 2.75; only in B: row 3` {
		t.Errorf("got %q", f.Summary)
	}
	f = compared(t, document.Lines, "{\"id\":1,\"v\":1}\n{\"id\":2,\"v\":2}\n", "{\"id\":2,\"v\":2}\n{\"id\":1,\"v\":1}\n", petri.FileRules{Keys: []string{"id"}})
	if f.Verdict != petri.Same {
		t.Errorf("got %q", f.Summary)
	}
	if f = compared(t, document.Lines, "", "", petri.FileRules{}); f.Verdict != petri.Same {
		t.Errorf("empty: %q", f.Summary)
	}
}

func TestNoJSON(t *testing.T) {
	for name, bad := range map[string]string{
		"empty": "", "words": "no json", "truncated": `{"a": [1, 2`, "cut string": `{"a": "x`, "cut word": "tru", "trailing comma": "[1,]", "two values": "{} {}",
		"no comma": "[1 2]", "no colon": `{"a" 1}`, "no quotes": "{a: 1}", "bad number": "[01]", "point": "[1.]", "escape": `["\x"]`, "hex": `["\u12g4"]`, "binary": "\x00\x01\x02",
		"plus": "[+1]", "wrong end": "[1}", "deep": strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "deep objects": strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000),
	} {
		start := time.Now()
		_, err := document.JSON(t.Context(), content(bad), content(bad), petri.FileRules{})
		if !errors.Is(err, kind.ErrOther) || kind.Reason(err) == "" || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(start))
		}
		if _, err = document.JSON(t.Context(), content(`{"a":[1,2]}`), content(bad), petri.FileRules{}); !errors.Is(err, kind.ErrOther) {
			t.Errorf("%s in B: %v", name, err)
		}
	}
}

func TestDeepInAnotherOrder(t *testing.T) {
	deep := func(first, second string, n int) string {
		return strings.Repeat(`{`+first+`:1,`+second+`:1,"x":`, n) + "1" + strings.Repeat("}", n)
	}
	start := time.Now()
	a, b := deep(`"a"`, `"b"`, 9000), deep(`"b"`, `"a"`, 9000)
	f, err := document.JSON(t.Context(), content(a), content(b), petri.FileRules{})
	if err != nil && !errors.Is(err, kind.ErrOther) || err == nil && f.Verdict != petri.Same || time.Since(start) > 20*time.Second {
		t.Errorf("%v, %q after %v", err, f.Summary, time.Since(start))
	}
	if f = compared(t, document.JSON, deep(`"a"`, `"b"`, 50), deep(`"b"`, `"a"`, 50), petri.FileRules{}); f.Verdict != petri.Same {
		t.Errorf("got %q", f.Summary)
	}
}

// value makes up a value; shuffled writes it with keys in another order and other blanks.
func value(r *rand.Rand, depth int) any {
	switch n := r.IntN(9); {
	case n < 2 && depth > 0:
		list := []any{}
		for range r.IntN(5) {
			list = append(list, value(r, depth-1))
		}
		return list
	case n < 4 && depth > 0:
		object := map[string]any{}
		for range r.IntN(30) {
			object[fmt.Sprint("k", r.IntN(40))] = value(r, depth-1)
		}
		return object
	case n < 6:
		return r.NormFloat64()
	case n < 7:
		return r.Int64()
	case n < 8:
		return strings.Repeat("é\"\\\n", r.IntN(200))
	}
	return []any{true, false, nil}[r.IntN(3)]
}

func shuffled(r *rand.Rand, v any) string {
	switch v := v.(type) {
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, shuffled(r, e))
		}
		return "[ " + strings.Join(parts, " ,\n") + "]"
	case map[string]any:
		var parts []string
		for k, e := range v {
			parts = append(parts, fmt.Sprintf("%q : %s", k, shuffled(r, e)))
		}
		slices.Sort(parts)
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return "{" + strings.Join(parts, ",") + " }"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func TestOrderIsNoDifference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		v := value(r, 5)
		a, b := shuffled(r, v), shuffled(r, v)
		if f := compared(t, document.JSON, a, b, petri.FileRules{}); f.Verdict != petri.Same {
			t.Fatalf("%s\n%.300s\n%.300s", f.Summary, a, b)
		}
		other := shuffled(r, []any{v, "one more"})
		f := compared(t, document.JSON, shuffled(r, []any{v, "once more"}), other, petri.FileRules{})
		if len(f.Cells) != 1 || f.Cells[0].Where != "$[1]" {
			t.Fatalf("%s: %+v", f.Summary, f.Cells)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{fit, `{"a":1,"a":2}`, `[NaN,-Infinity,1e400]`, `"\ud800\u0041"`, "\ufeff[]", utf16be("[1]"), `{"b":{},"a":[[]]}`, strings.Repeat("[", 500), `[{"id":1},{"id":1}]`} {
		f.Add(seed, fit)
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, rules := range []petri.FileRules{{}, within(0.1, 0.1), {Keys: []string{"id"}}} {
			got, err := document.JSON(t.Context(), content(a), content(b), rules)
			if err != nil && !errors.Is(err, kind.ErrOther) {
				t.Fatal(err)
			}
			if a == b && err == nil && got.Verdict != petri.Same {
				t.Errorf("%q differs from itself: %s", a, got.Summary)
			}
			if len(got.Cells) > petri.MaxCells || (got.Verdict == petri.Same) != (len(got.Cells) == 0) && err == nil {
				t.Errorf("%s with %d cells", got.Verdict, len(got.Cells))
			}
		}
	})
}

func FuzzLines(f *testing.F) {
	f.Add("{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}\r\n\r\n[]")
	f.Add("", "1")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, rules := range []petri.FileRules{within(0.1, 0), {Keys: []string{"a"}}} {
			if _, err := document.Lines(t.Context(), content(a), content(b), rules); err != nil && !errors.Is(err, kind.ErrOther) {
				t.Fatal(err)
			}
			if got, err := document.Lines(t.Context(), content(a), content(a), rules); err == nil && got.Verdict != petri.Same {
				t.Errorf("%q differs from itself: %s", a, got.Summary)
			}
		}
	})
}
