package cli

import (
	"strings"
	"testing"
	"time"
)

func TestSkewOfClocks(t *testing.T) {
	asked := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	answered := asked.Add(3 * time.Second) // a slow answer is no skew
	for _, c := range []struct {
		server       time.Time
		status, says string
	}{
		{asked.Add(time.Second), "ok", "agree"},
		{answered.Add(2 * time.Second), "ok", "agree"},
		{asked.Add(-2 * time.Second), "ok", "agree"},
		{answered.Add(90 * time.Second), "warning", "1m30s ahead"},
		{asked.Add(-time.Hour), "warning", "1h0m0s behind"},
	} {
		got := skew(asked, answered, c.server)
		if got.Status != c.status || !strings.Contains(got.Detail, c.says) || got.Status == "warning" && got.Mend == "" {
			t.Errorf("server at %s: %+v; want %s, %q", c.server.Sub(asked), got, c.status, c.says)
		}
	}
}
