// Package archtest_test holds the code to what docs/ARCHITECTURE.md and docs/states.md say.
package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module       = "github.com/petri-dev/petri"
	architecture = "docs/ARCHITECTURE.md"
	maxFileLines = 600
	everything   = "all"
)

// room is a package as the table has it or as the code is.
type room struct {
	name    string
	imports []string // ours, short names; "all" for no limit
	outside []string // other people's modules, by import path
	doc     string
	files   []string
}

func TestImportsFollowTheTable(t *testing.T) {
	declared, actual := tableRooms(t), codeRooms(t)
	for name, code := range actual {
		row, ok := declared[name]
		if !ok {
			t.Errorf("package %s has no row in %s", name, architecture)
			continue
		}
		for _, imported := range code.imports {
			if !slices.Contains(row.imports, imported) && !slices.Contains(row.imports, everything) {
				t.Errorf("%s imports %s, which its row in %s does not allow", name, imported, architecture)
			}
		}
	}
	for name, row := range declared {
		if _, ok := actual[name]; !ok {
			t.Errorf("%s has a row for %s, and there is no such package", architecture, name)
		}
		for _, allowed := range row.imports {
			if _, ok := declared[allowed]; !ok && allowed != everything {
				t.Errorf("the row of %s allows %s, which has no row of its own", name, allowed)
			}
		}
	}
}

// What these import decides how small the witness is, and how sure one can be of what is pure.
func TestPureRoomsImportNoLibraries(t *testing.T) {
	allowed := map[string][]string{
		"petri":              nil,
		"internal/blob":      nil,
		"internal/tree":      nil,
		"internal/engine":    nil,
		"internal/builder":   nil,
		"internal/inspect":   {"golang.org/x/sys/unix"},
		"internal/witness":   {"golang.org/x/sys/unix"},
		"cmd/petri-witness":  {"golang.org/x/sys/unix"},
		"internal/logs":      {"github.com/fsnotify/fsnotify", "golang.org/x/sys/unix"},
		"internal/access":    nil,
		"internal/blob/disk": {"golang.org/x/sys/unix", "golang.org/x/sync/errgroup"},
	}
	rooms := codeRooms(t)
	for name, libraries := range allowed {
		for _, imported := range rooms[name].outside {
			if !slices.Contains(libraries, imported) {
				t.Errorf("%s imports %s; it is meant to do without", name, imported)
			}
		}
	}
}

func TestPackagesAreDocumented(t *testing.T) {
	for name, code := range codeRooms(t) {
		if code.doc == "" {
			t.Errorf("%s has no package comment: say what it is, who calls it, what it never does", name)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, code := range codeRooms(t) {
		for _, file := range code.files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(content, []byte("\n")); lines > maxFileLines {
				t.Errorf("%s has %d lines; %d are the most", file, lines, maxFileLines)
			}
		}
	}
}

var (
	tableRow = regexp.MustCompile("^\\| `([^`]+)` \\|[^|]*\\|([^|]*)\\|$")
	quoted   = regexp.MustCompile("`([^`]+)`")
)

// tableRooms reads the rows "| `package` | what it is for | `may`, `import` |".
func tableRooms(t *testing.T) map[string]room {
	t.Helper()
	rooms := map[string]room{}
	for line := range strings.Lines(readDoc(t, architecture)) {
		cells := tableRow.FindStringSubmatch(strings.TrimSpace(line))
		if cells == nil {
			continue
		}
		row := room{name: cells[1]}
		for _, name := range quoted.FindAllStringSubmatch(cells[2], -1) {
			row.imports = append(row.imports, name[1])
		}
		if strings.TrimSpace(cells[2]) == everything {
			row.imports = []string{everything}
		}
		if _, twice := rooms[row.name]; twice {
			t.Errorf("%s has two rows for %s", architecture, row.name)
		}
		rooms[row.name] = row
	}
	if len(rooms) < 10 {
		t.Fatalf("found only %d rows in %s", len(rooms), architecture)
	}
	return rooms
}

// codeRooms asks go list what every package with code in it imports, test files left out.
func codeRooms(t *testing.T) map[string]room {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Doc,GoFiles,Imports", "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	rooms := map[string]room{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir, Doc string
			GoFiles, Imports     []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return rooms
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(p.GoFiles) == 0 {
			continue
		}
		code := room{name: shortName(p.ImportPath), doc: p.Doc}
		for _, imported := range p.Imports {
			if ours := shortName(imported); ours != "" {
				code.imports = append(code.imports, ours)
			} else if domain, _, _ := strings.Cut(imported, "/"); strings.Contains(domain, ".") {
				code.outside = append(code.outside, imported)
			}
		}
		for _, file := range p.GoFiles {
			code.files = append(code.files, filepath.Join(p.Dir, file))
		}
		rooms[code.name] = code
	}
}

// shortName is how the table calls a package of ours; "" for anybody else's.
func shortName(importPath string) string {
	if importPath == module {
		return "petri"
	}
	name, ours := strings.CutPrefix(importPath, module+"/")
	if !ours {
		return ""
	}
	return name
}

const root = "../.."

func readDoc(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
