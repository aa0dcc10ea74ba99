package inspect

import (
	"encoding/binary"
	"path"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

// readRPM reads RPM's database, of whatever kind it is: SQLite since 4.16, ndb with SUSE,
// Berkeley DB before. All three hold each package's header as one blob.
func readRPM(s *scan) {
	for _, dir := range []string{"/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"} {
		if !s.first(dir) {
			continue
		}
		for _, kind := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
			if file, ok := s.tree.open(path.Join(dir, kind)); ok {
				log, logged := s.tree.open(path.Join(dir, kind+"-wal"))
				s.add(rpmRows(rpmHeaders(rpmDatabase(kind, file, log)))...)
				file.close()
				if logged {
					log.close()
				}
				break
			}
		}
	}
}

// rpmDatabase reads a database by the name of its file; log is SQLite's, nil for none.
func rpmDatabase(kind string, file, log *opened) rpmBlobs {
	switch kind {
	case "rpmdb.sqlite":
		return sqliteBlobs(file, log)
	case "Packages.db":
		return ndbBlobs(file)
	}
	return bdbBlobs(file)
}

// rpmBlobs yields what a database holds, nothing where it is none: read gives at most the first most bytes of a blob.
type rpmBlobs func(each func(read func(most int) []byte) (more bool))

const (
	maxRPMHeader   = 64 << 20 // a header lists every file of its package
	firstRPMHeader = 12 << 10 // name and version stand near a header's beginning
	maxRPMPackages = 100_000
)

type rpmPackage struct{ name, version, architecture string }

func rpmHeaders(blobs rpmBlobs) []rpmPackage {
	found := []rpmPackage{}
	blobs(func(read func(most int) []byte) bool {
		p, whole := parseRPMHeader(read(firstRPMHeader))
		if !whole {
			p, _ = parseRPMHeader(read(maxRPMHeader))
		}
		if p.name != "" && p.version != "" {
			found = append(found, p)
		}
		return len(found) < maxRPMPackages
	})
	return found
}

// rpmRows names, as with Debian's, a package of a foreign architecture with it. The system's
// own is the one that most packages are for.
func rpmRows(packages []rpmPackage) []petri.Package {
	count, native := map[string]int{"": 0}, ""
	for _, p := range packages {
		if p.architecture != "noarch" && p.architecture != "" {
			count[p.architecture]++
		}
	}
	for architecture, n := range count {
		if n > count[native] || n == count[native] && architecture > native {
			native = architecture
		}
	}
	rows := make([]petri.Package, 0, len(packages))
	for _, p := range packages {
		if p.architecture != native && p.architecture != "noarch" && p.architecture != "" {
			p.name += "." + p.architecture
		}
		rows = append(rows, petri.Package{Ecosystem: "rpm", Name: p.name, Version: p.version})
	}
	return rows
}

// The tags and types of a header that matter here.
const (
	rpmTagName, rpmTagVersion, rpmTagRelease, rpmTagEpoch, rpmTagArch = 1000, 1001, 1002, 1003, 1022

	rpmInt32, rpmString = 4, 6
)

// parseRPMHeader reads a header blob: the counts of entries and of bytes, the entries (tag,
// type, offset, count), the bytes. Not whole: what was wanted lies beyond what was given.
func parseRPMHeader(blob []byte) (p rpmPackage, whole bool) {
	if len(blob) < 8 {
		return p, true
	}
	entries, size := int64(binary.BigEndian.Uint32(blob)), int64(binary.BigEndian.Uint32(blob[4:]))
	const maxEntryCount = 65_536
	if entries == 0 || entries > maxEntryCount || size > maxRPMHeader {
		return p, true
	}
	begin := 8 + 16*entries
	if begin > int64(len(blob)) {
		return p, false
	}
	h := rpmHeader{data: blob[begin:], size: size, whole: true}
	release, epoch := "", ""
	for i := range entries {
		entry := blob[8+16*i:]
		tag, kind, offset := binary.BigEndian.Uint32(entry), binary.BigEndian.Uint32(entry[4:]), int64(binary.BigEndian.Uint32(entry[8:]))
		switch {
		case tag == rpmTagName && kind == rpmString:
			p.name = h.text(offset)
		case tag == rpmTagVersion && kind == rpmString:
			p.version = h.text(offset)
		case tag == rpmTagRelease && kind == rpmString:
			release = h.text(offset)
		case tag == rpmTagArch && kind == rpmString:
			p.architecture = h.text(offset)
		case tag == rpmTagEpoch && kind == rpmInt32:
			epoch = h.number(offset)
		}
	}
	if p.version != "" && release != "" {
		p.version += "-" + release
	}
	if p.version != "" && epoch != "" {
		p.version = epoch + ":" + p.version
	}
	return p, h.whole
}

// rpmHeader is the bytes of a header, perhaps only the first of them.
type rpmHeader struct {
	data  []byte
	size  int64
	whole bool
}

func (h *rpmHeader) text(offset int64) string {
	const longest = 300
	if offset >= h.size {
		return ""
	}
	rest := h.data[min(offset, int64(len(h.data))):]
	rest = rest[:min(longest, len(rest))]
	text, _, ended := strings.Cut(string(rest), "\x00")
	if !ended {
		h.whole = h.whole && (len(rest) == longest || int64(len(h.data)) >= h.size)
		return ""
	}
	return plain([]byte(text))
}

func (h *rpmHeader) number(offset int64) string {
	if offset+4 > h.size {
		return ""
	}
	if offset+4 > int64(len(h.data)) {
		h.whole = false
		return ""
	}
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(h.data[offset:])), 10)
}
