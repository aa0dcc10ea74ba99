package table_test

import (
	"context"
	"errors"
	"io"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/table"
)

const (
	mebi      = 1 << 20
	madeHead  = "id,value,text\n"
	madeWidth = 64
)

// made is a table that is made up while it is read: rows of 64 bytes, of which some differ.
type made struct {
	rows  int64
	from  int64             // the first id
	back  bool              // ids descend
	value func(int64) int64 // of an id
}

func (m made) size() int64 { return int64(len(madeHead)) + m.rows*madeWidth }

func (m made) content() kind.Content {
	return kind.Content{Path: "made.csv", Size: m.size(), ReaderAt: m}
}

func (m made) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	if at < int64(len(madeHead)) {
		n = copy(p, madeHead[at:])
	}
	var line [madeWidth]byte
	for n < len(p) {
		place := at + int64(n) - int64(len(madeHead))
		row := place / madeWidth
		if row >= m.rows {
			return n, io.EOF
		}
		m.line(&line, row)
		n += copy(p[n:], line[place%madeWidth:])
	}
	return n, nil
}

func (m made) line(line *[madeWidth]byte, row int64) {
	if m.back {
		row = m.rows - 1 - row
	}
	id := row + m.from
	out := strconv.AppendInt(line[:0], 1_000_000_000+id, 10)
	out = append(out, ',')
	out = strconv.AppendInt(out, 1_000_000+m.value(id), 10)
	out = append(out, ',')
	for len(out) < madeWidth-1 {
		out = append(out, 'x')
	}
	line[madeWidth-1] = '\n'
}

func plain(int64) int64 { return 0 }

// peak runs f and says how many bytes were in use at most.
func peak(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	before, most := sample[0].Value.Uint64(), uint64(0)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	<-stopped
	return most - min(before, most)
}

func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads gigabytes")
	}
	keys := petri.FileRules{Keys: []string{"id"}}
	for _, one := range []struct {
		name  string
		a, b  made
		rules petri.FileRules
		most  uint64
		want  string
	}{
		{"a gigabyte with few differences", made{rows: 16 * mebi, value: plain}, made{rows: 16 * mebi, value: func(id int64) int64 {
			if id%(4*mebi) == 5 {
				return 1
			}
			return 0
		}}, petri.FileRules{}, 64 * mebi, `4 of 50,331,648 cells differ`},
		{"all rows differ", made{rows: 2 * mebi, value: plain}, made{rows: 2 * mebi, value: func(id int64) int64 { return 1 + id%7 }}, petri.FileRules{}, 64 * mebi, `2,097,152 of 6,291,456 cells differ`},
		{"one row more at the beginning", made{rows: mebi, value: plain}, made{rows: mebi + 1, from: -1, value: plain}, petri.FileRules{}, 128 * mebi, `1 row added`},
		{"keys in order", made{rows: 2 * mebi, value: plain}, made{rows: 2 * mebi, from: 3, value: plain}, keys, 256 * mebi, `3 rows missing; 3 rows added`},
		{"keys in reverse", made{rows: mebi, value: plain}, made{rows: mebi, back: true, value: plain}, keys, 320 * mebi, `the same values`},
	} {
		start := time.Now()
		var out petri.FileComparison
		used := peak(func() { out = compare(t, table.CSV, one.a.content(), one.b.content(), one.rules) })
		t.Logf("%s: %d MiB of memory, %v for %d MiB: %s", one.name, used/mebi, time.Since(start).Round(time.Millisecond), one.a.size()/mebi, out.Summary)
		if !strings.HasPrefix(out.Summary, one.want) {
			t.Errorf("%s: %s\nwant %s", one.name, out.Summary, one.want)
		}
		if used > one.most {
			t.Errorf("%s took %d MiB, more than %d", one.name, used/mebi, one.most/mebi)
		}
	}
}

func TestComparingStopsWithItsContext(t *testing.T) {
	for _, keys := range [][]string{nil, {"id"}} {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errEnough)
		defer cancel()
		a, b := made{rows: 64 * mebi, value: plain}, made{rows: 64 * mebi, value: func(id int64) int64 { return id % 3 }}
		start := time.Now()
		_, err := table.CSV(ctx, a.content(), b.content(), petri.FileRules{Keys: keys})
		if !errors.Is(err, errEnough) || time.Since(start) > 5*time.Second {
			t.Errorf("by %v: %v after %v", keys, err, time.Since(start))
		}
	}
}

var errEnough = errors.New("enough")
