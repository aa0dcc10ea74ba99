package kind_test

import (
	"fmt"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

func TestWords(t *testing.T) {
	for want, got := range map[string]string{
		"0": kind.Grouped(0), "999": kind.Grouped(999), "1,000": kind.Grouped(1000), "-1,234,567": kind.Grouped(-1234567),
		"1 cell": kind.Count(1, "cell"), "1,200 cells": kind.Count(1200, "cell"), "2 entries": kind.Count(2, "entry"),
		"100 %": kind.Share(3, 3), "0.17 %": kind.Share(2, 1200), "33.3 %": kind.Share(1, 3), "less than 0.01 %": kind.Share(1, 1e6),
		"more than 99.99 %": kind.Share(999_999, 1_000_000),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, err := range []error{petri.Wrap(petri.Invalid, kind.ErrOther, "it is cut off"), fmt.Errorf("it is cut off: %w", kind.ErrOther)} {
		if got := kind.Reason(err); got != "it is cut off" {
			t.Errorf("got %q", got)
		}
	}
}
