package document_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/document"
	"github.com/petri-dev/petri/internal/compare/kind"
)

func records(n int, from float64) string {
	var b strings.Builder
	b.WriteString(`{"records": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"id": %d, "name": "a name of some length", "value": %g, "flags": [true, null, %d]}`, i, float64(i)+from, i%7)
	}
	b.WriteString("]}")
	return b.String()
}

func benchmark(b *testing.B, comparer kind.Comparer, x, y string, rules petri.FileRules) {
	b.SetBytes(int64(len(x) + len(y)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := comparer(context.Background(), content(x), content(y), rules); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	benchmark(b, document.JSON, records(500_000, 0), records(500_000, 0.25), within(1e-9, 0))
}

func BenchmarkKeyed(b *testing.B) {
	benchmark(b, document.JSON, records(200_000, 0), records(200_000, 0.25), petri.FileRules{Keys: []string{"id"}})
}

func BenchmarkAnotherOrder(b *testing.B) {
	object := func(n, step int) string {
		var s strings.Builder
		s.WriteString(`{"z": 0`)
		for i := range n {
			fmt.Fprintf(&s, `, "key %d": {"b": [1, 2, 3], "a": %d}`, i*step%n, i*step%n)
		}
		return s.String() + "}"
	}
	benchmark(b, document.JSON, object(200_003, 1), object(200_003, 7919), petri.FileRules{})
}
