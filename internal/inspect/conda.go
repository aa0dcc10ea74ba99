package inspect

import (
	"path"
	"regexp"
	"strings"

	"github.com/petri-dev/petri"
)

// readConda reads each prefix's conda-meta by the names of its files, NAME-VERSION-BUILD.json:
// neither version nor build may hold a dash. The files themselves list every file of a package;
// only their beginning is read, where the channel stands.
func readConda(s *scan) {
	for _, prefix := range s.prefixes {
		dir := path.Join(prefix, "conda-meta")
		if !s.first(dir) {
			continue
		}
		s.each(s.tree.names(dir), func(file string) (petri.Package, bool) {
			row, ok := condaPackage(file)
			if !ok {
				return row, false
			}
			row.Location = prefix
			if channel := condaChannel(s.tree.read(path.Join(dir, file), 4<<10)); channel != "" {
				row.Origin += " of " + channel
			}
			return row, true
		})
	}
}

var condaChannelField = regexp.MustCompile(`"channel"\s*:\s*"([^"\\\x00-\x1f]{1,200})"`)

// condaChannel is a channel's name: addresses lose their host, if it is conda's own, and platform.
func condaChannel(beginning []byte) string {
	found := condaChannelField.FindSubmatch(beginning)
	if found == nil {
		return ""
	}
	channel := strings.TrimRight(string(found[1]), "/")
	for _, host := range []string{"https://conda.anaconda.org/", "https://repo.anaconda.com/"} {
		channel = strings.TrimPrefix(channel, host)
	}
	if base := path.Base(channel); base == "noarch" || strings.HasPrefix(base, "linux-") {
		channel = strings.TrimSuffix(channel, "/"+base)
	}
	return plain([]byte(channel))
}

func condaPackage(file string) (petri.Package, bool) {
	base, ok := strings.CutSuffix(file, ".json")
	if !ok || plain([]byte(base)) == "" {
		return petri.Package{}, false
	}
	build := strings.LastIndexByte(base, '-')
	if build < 1 {
		return petri.Package{}, false
	}
	version := strings.LastIndexByte(base[:build], '-')
	if version < 1 || version+1 == build {
		return petri.Package{}, false
	}
	return petri.Package{Ecosystem: "conda", Name: base[:version], Version: base[version+1 : build], Origin: "build " + base[build+1:]}, true
}
