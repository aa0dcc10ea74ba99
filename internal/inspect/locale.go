package inspect

import (
	"path"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
)

// factLocale tells locale and time zone as a program finds them: by its environment, and for
// the time zone by /etc. Files such as /etc/default/locale count for those who log in, not for
// a command in a container.
func factLocale(f *factScan) {
	f.tell(petri.FactLocale, localeOf(f.opts.Env))
	f.tell(petri.FactTimeZone, f.timeZone())
}

// localeOf is LC_ALL, which beats all, or LANG with the categories that differ from it.
func localeOf(env []string) string {
	set := map[string]string{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if name == "LANG" || strings.HasPrefix(name, "LC_") {
			set[name] = value
		}
	}
	if all := set["LC_ALL"]; all != "" {
		return all
	}
	lang := set["LANG"]
	if lang == "" {
		lang = "C"
	}
	apart := []string{}
	for name, value := range set {
		if name != "LANG" && value != "" && value != lang {
			apart = append(apart, name+"="+value)
		}
	}
	slices.Sort(apart)
	return strings.Join(append([]string{lang}, apart...), " ")
}

func (f *factScan) timeZone() string {
	for _, pair := range f.opts.Env {
		if tz, ok := strings.CutPrefix(pair, "TZ="); ok && tz != "" {
			return strings.TrimPrefix(tz, ":")
		}
	}
	// A program without TZ reads /etc/localtime; /etc/timezone only tells where it was copied from.
	if _, zone, ok := strings.Cut(f.tree.link("/etc/localtime"), "zoneinfo/"); ok {
		return path.Clean(zone)
	}
	if len(f.tree.read("/etc/localtime", 4)) == 0 {
		return "UTC"
	}
	if zone := strings.TrimSpace(string(f.tree.read("/etc/timezone", 256))); zone != "" {
		return zone
	}
	return "that of /etc/localtime"
}
