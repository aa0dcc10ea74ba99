package inspect

import "github.com/petri-dev/petri"

// readAPK reads Alpine's list of installed packages: paragraphs of one-letter fields.
func readAPK(s *scan) {
	for _, file := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"} {
		if text := s.tree.read(file, maxDatabase); len(text) > 0 {
			s.add(apkRows(text)...)
		}
	}
}

func apkRows(text []byte) []petri.Package {
	var rows []petri.Package
	for len(text) > 0 {
		row := petri.Package{Ecosystem: "apk"}
		text = headers(text, func(f field) bool {
			switch string(f.name) {
			case "P":
				row.Name = plain(f.value)
			case "V":
				row.Version = plain(f.value)
			}
			return true
		})
		if row.Name != "" && row.Version != "" {
			rows = append(rows, row)
		}
	}
	return rows
}
