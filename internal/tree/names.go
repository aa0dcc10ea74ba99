package tree

import (
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

// CheckName refuses what cannot name an entry: nothing, ".", "..", a slash, NUL, more than
// MaxName bytes. All else is a name, also new lines and bytes that are no UTF-8. Kind: invalid.
func CheckName(name string) error {
	switch {
	case name == "", name == ".", name == "..":
		return petri.Errorf(petri.Invalid, "%q cannot be the name of a file", name)
	case strings.ContainsRune(name, '/'), strings.ContainsRune(name, 0):
		return petri.Errorf(petri.Invalid, "%s cannot be the name of a file: it holds a slash or a NUL byte", quote(name))
	case len(name) > MaxName:
		return petri.Errorf(petri.Invalid, "%s cannot be the name of a file: it is longer than %d bytes", quote(name), MaxName)
	}
	return nil
}

// CheckPath refuses what is no path of an entry: relative, slashes between valid names, at
// most MaxDepth of them and MaxPath bytes. Kind: invalid.
func CheckPath(path string) error {
	if len(path) > MaxPath {
		return petri.Errorf(petri.Invalid, "the path %s is longer than %d bytes", quote(path), MaxPath)
	}
	if strings.HasPrefix(path, "/") {
		return petri.Errorf(petri.Invalid, "the path %s is absolute; paths in a project are relative to its folder", quote(path))
	}
	depth := 0
	for name := range strings.SplitSeq(path, "/") {
		if err := CheckName(name); err != nil {
			return petri.Wrap(petri.Invalid, err, "the path %s is not one of a file in a project", quote(path))
		}
		if depth++; depth > MaxDepth {
			return petri.Errorf(petri.Invalid, "the path %s is more than %d folders deep", quote(path), MaxDepth)
		}
	}
	return nil
}

// CheckLink refuses the target of a link at path when it is absolute or might leave the
// project. A target goes up only at its beginning and no further than the project's own
// folder: "a/../../b" may leave it where a is itself a link, so it is refused too.
// Kind: invalid.
func CheckLink(path, target string) error {
	up, err := climb(target)
	if err != nil {
		return petri.Wrap(petri.Invalid, err, "the link %s cannot be kept: its target %s %s", quote(path), quote(target), petri.MessageOf(err))
	}
	if up > strings.Count(path, "/") {
		return petri.Errorf(petri.Invalid, "the link %s cannot be kept: its target %s lies outside the project", quote(path), quote(target))
	}
	return nil
}

// climb is how many folders a target goes up before it goes down.
func climb(target string) (int, error) {
	switch {
	case target == "", len(target) > MaxTarget, strings.ContainsRune(target, 0):
		return 0, petri.Errorf(petri.Invalid, "is no path")
	case target[0] == '/':
		return 0, petri.Errorf(petri.Invalid, "is absolute; use a path relative to the link")
	}
	up, down := 0, false
	for name := range strings.SplitSeq(target, "/") {
		switch {
		case name == "" || name == ".":
		case name != "..":
			down = true
		case down:
			return 0, petri.Errorf(petri.Invalid, "goes up after it went down; write it without the detour")
		default:
			up++
		}
	}
	return up, nil
}

// quote shows a stranger's name in a message: one line, short, unambiguous.
func quote(s string) string {
	if len(s) > 120 {
		return strconv.Quote(s[:60]) + "…" + strconv.Quote(s[len(s)-40:])
	}
	return strconv.Quote(s)
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// compare orders paths as Walk meets them: component by component.
func compare(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] == b[i] {
			continue
		}
		if a[i] == '/' {
			return -1
		}
		if b[i] == '/' {
			return 1
		}
		return int(a[i]) - int(b[i])
	}
	return len(a) - len(b)
}
