package explain

import (
	"regexp"
	"strings"

	"github.com/petri-dev/petri"
)

// Imports are the packages that code names itself: library(x), x::f, import x.
type Imports map[string]bool

// Has tells whether the code names a package.
func (i Imports) Has(ecosystem, name string) bool { return i[key(ecosystem, name)] }

func key(ecosystem, name string) string { return ecosystem + "\t" + petri.NormalName(ecosystem, name) }

var (
	attached  = regexp.MustCompile(`\b(?:library|require|requireNamespace|loadNamespace)\s*\(\s*["']?([A-Za-z][\w.]*)`)
	qualified = regexp.MustCompile(`\b([A-Za-z][\w.]*):::?[A-Za-z.]`)
	imported  = regexp.MustCompile(`^(?:from\s+([A-Za-z_]\w*)[\w.]*\s+import\b|import\s+([A-Za-z_].*))`)
	module    = regexp.MustCompile(`^\s*([A-Za-z_]\w*)`)
)

// distributions are well-known Python packages whose modules have another name.
var distributions = map[string]string{
	"sklearn": "scikit-learn", "skimage": "scikit-image", "cv2": "opencv-python", "PIL": "pillow", "yaml": "pyyaml", "bs4": "beautifulsoup4",
	"dateutil": "python-dateutil", "Bio": "biopython", "umap": "umap-learn", "igraph": "python-igraph", "tables": "pytables", "osgeo": "gdal",
}

// ImportsOf are the packages that code names, as far as one can tell without running it.
func ImportsOf(code []Source) Imports {
	found := Imports{}
	known := languages()
	for _, s := range code {
		for line := range strings.Lines(s.Text) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") || len(line) > maxLine {
				continue
			}
			if known[s.extension()].name == "R" {
				found.lookR(line)
			} else {
				found.lookPython(strings.TrimLeft(line, `" `)) // a line of a notebook is a string
			}
		}
	}
	return found
}

func (i Imports) lookR(line string) {
	for _, pattern := range []*regexp.Regexp{attached, qualified} {
		for _, m := range pattern.FindAllStringSubmatch(line, -1) {
			i[key("r", m[1])] = true
		}
	}
}

func (i Imports) lookPython(line string) {
	m := imported.FindStringSubmatch(line)
	if m == nil {
		return
	}
	for name := range strings.SplitSeq(m[1]+m[2], ",") { // import a.b as c, d
		if m := module.FindStringSubmatch(name); m != nil {
			i[key("python", m[1])] = true
			if distribution := distributions[m[1]]; distribution != "" {
				i[key("python", distribution)] = true
			}
		}
	}
}
