package petri

import "strings"

// NormalName is the name by which its ecosystem knows a package, however it was written: of
// Python as PEP 503 says, where Scikit_Learn is scikit-learn; otherwise lower case, but for R and
// Julia, which tell names apart by case. A normal name's normal name is itself.
func NormalName(ecosystem, name string) string {
	switch ecosystem {
	case "r", "julia":
		return name
	case "python":
		return normalPython(name)
	}
	return strings.ToLower(name)
}

// OfSystem tells whether an ecosystem is that of an operating system's packages, which often are a
// language's own once more.
func OfSystem(ecosystem string) bool {
	return ecosystem == "deb" || ecosystem == "rpm" || ecosystem == "apk"
}

// normalPython makes every row of dots, dashes and underscores one dash.
func normalPython(name string) string {
	var b strings.Builder
	dash := false
	for _, c := range strings.ToLower(name) {
		if c == '.' || c == '-' || c == '_' {
			if !dash {
				b.WriteByte('-')
			}
			dash = true
			continue
		}
		dash = false
		b.WriteRune(c)
	}
	return b.String()
}
