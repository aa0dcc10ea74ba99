package explain

import (
	"path"
	"regexp"
	"strings"
)

// interpreters are the programs that take code as a word of their command.
var interpreters = regexp.MustCompile(`^(?:(python[0-9.]*)|(Rscript|R))$`)

// Inline is the code that a command holds itself, as in python3 -c "…" and Rscript -e "…"; false
// where it holds none.
func Inline(command []string) (Source, bool) {
	if len(command) < 3 {
		return Source{}, false
	}
	is := interpreters.FindStringSubmatch(path.Base(command[0]))
	if is == nil {
		return Source{}, false
	}
	flag, extension := "-e", ".r"
	if is[1] != "" {
		flag, extension = "-c", ".py"
	}
	var lines []string
	for i, word := range command[:len(command)-1] {
		if word == flag {
			lines = append(lines, strings.ReplaceAll(command[i+1], ";", "\n"))
		}
	}
	return Source{Path: "the command,", Text: strings.Join(lines, "\n"), Extension: extension}, len(lines) > 0
}

func (s Source) extension() string {
	if s.Extension != "" {
		return s.Extension
	}
	return strings.ToLower(path.Ext(s.Path))
}
