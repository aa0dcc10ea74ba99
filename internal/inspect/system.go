package inspect

import (
	"bytes"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/petri-dev/petri"
)

// factDistribution tells what the system calls itself.
func factDistribution(f *factScan) {
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		values := map[string]string{}
		for line := range bytes.Lines(f.tree.read(file, 16<<10)) {
			name, value, _ := strings.Cut(strings.TrimSpace(string(line)), "=")
			values[name] = strings.Trim(value, `"'`)
		}
		name := values["PRETTY_NAME"]
		if name == "" {
			name = strings.TrimSpace(values["NAME"] + " " + values["VERSION_ID"])
		}
		if name != "" {
			f.tell(petri.FactDistribution, name)
			return
		}
	}
}

var (
	glibcVersion = regexp.MustCompile(`GNU C Library [^\x00]{0,80} release version (\d+\.\d+(?:\.\d+)?)`)
	muslVersion  = regexp.MustCompile(`\x00(1\.\d+\.\d+(?:-git[-0-9a-z]*)?)\x00`)
)

// factLibc tells the C library's version: what the package manager says, else what the
// library's own file says. Where there are several, glibc's is the one that programs use.
func factLibc(f *factScan) {
	if version := f.installed("libc6"); version != "" {
		f.tell(petri.FactLibc, "glibc "+version)
		return
	}
	for _, dir := range f.libraryFolders() {
		if version := f.find(path.Join(dir, "libc.so.6"), "release version", glibcVersion, 8<<20); version != "" {
			f.tell(petri.FactLibc, "glibc "+version)
			return
		}
	}
	for _, name := range f.tree.names("/lib") {
		if strings.HasPrefix(name, "ld-musl-") {
			version := f.installed("musl")
			if version == "" {
				version = f.find(path.Join("/lib", name), "\x001.", muslVersion, 4<<20)
			}
			f.tell(petri.FactLibc, strings.TrimSpace("musl "+version))
			return
		}
	}
}

// libraryFolders are where a system keeps its shared libraries, and each conda prefix its own.
func (f *factScan) libraryFolders() []string {
	f.folders.Do(func() {
		for _, dir := range []string{"/usr/lib", "/lib"} {
			for _, name := range f.tree.names(dir) {
				if strings.Contains(name, "-linux-") {
					f.libraries = append(f.libraries, path.Join(dir, name))
				}
			}
		}
		f.libraries = append(f.libraries, "/usr/lib64", "/lib64", "/usr/lib", "/lib", "/usr/local/lib")
		for _, prefix := range f.prefixes {
			if _, ok := f.tree.folder(path.Join(prefix, "conda-meta")); ok {
				f.libraries = append(f.libraries, path.Join(prefix, "lib"))
			}
		}
	})
	return f.libraries
}

// installed is the upstream version of a package of Debian's or Alpine's, "" where it is not
// installed.
func (f *factScan) installed(name string) string {
	f.databases.Do(func() {
		var group sync.WaitGroup
		group.Go(func() { f.dpkg = f.tree.read("/var/lib/dpkg/status", maxDatabase) })
		f.apk = f.tree.read("/lib/apk/db/installed", maxDatabase)
		group.Wait()
	})
	if _, rest, ok := cutLine(f.dpkg, "Package: "+name); ok {
		found := debPackages(paragraph(rest, "Package: "+name))
		if len(found) == 1 {
			return upstream(found[0].version)
		}
	}
	if _, rest, ok := cutLine(f.apk, "P:"+name); ok {
		if found := apkRows(paragraph(rest, "P:"+name)); len(found) == 1 {
			return upstream(found[0].Version)
		}
	}
	return ""
}

// cutLine cuts text around the first such line.
func cutLine(text []byte, line string) (before, after []byte, found bool) {
	if bytes.HasPrefix(text, []byte(line+"\n")) {
		return nil, text[len(line)+1:], true
	}
	return bytes.Cut(text, []byte("\n"+line+"\n"))
}

// paragraph is first and the lines that follow it to the next empty line.
func paragraph(rest []byte, first string) []byte {
	body, _, _ := bytes.Cut(rest, []byte("\n\n"))
	return append([]byte(first+"\n"), body...)
}

// upstream is a distribution's version without what the distribution added to it.
func upstream(version string) string {
	if _, after, ok := strings.Cut(version, ":"); ok {
		version = after
	}
	if at := strings.LastIndexByte(version, '-'); at > 0 {
		version = version[:at]
	}
	for _, mark := range []string{"+dfsg", "~dfsg", "+ds", "~ds", "+repack"} {
		version, _, _ = strings.Cut(version, mark)
	}
	return version
}
