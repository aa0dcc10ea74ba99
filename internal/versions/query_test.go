package versions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/versions"
)

func TestQueryMatches(t *testing.T) {
	for _, test := range []struct {
		query, ecosystem, name, version string
		want                            bool
	}{
		{"scipy", "python", "scipy", "1.7.3", true},
		{"scipy", "conda", "scipy", "1.7.3", true},
		{"scipy", "python", "scipy-stubs", "1.7.3", false},
		{"scipy<1.8", "python", "scipy", "1.7.3", true},
		{"scipy<1.8", "python", "scipy", "1.10", false},
		{"scipy <1.8", "python", "scipy", "1.7.3", true},
		{" scipy >= 1.7 , < 1.8 ", "python", "scipy", "1.7.3", true},
		{"Scikit_Learn==1.0", "python", "scikit-learn", "1.0.0", true},
		{"scikit.learn", "python", "Scikit__Learn", "1.0.0", true},
		{"R:survival>=3.2,<3.5", "r", "survival", "3.2-13", true},
		{"r:survival>=3.2,<3.5", "r", "survival", "3.5-7", false},
		{"r:survival>=3.2,<3.5", "python", "survival", "3.3", false},
		{"r:Matrix", "r", "matrix", "1.5", false},
		{"deb:libopenblas0-pthread==0.3.13*", "deb", "libopenblas0-pthread", "0.3.13+ds-3+deb11u1", true},
		{"deb:libopenblas0-pthread==0.3.1*", "deb", "libopenblas0-pthread", "0.3.13+ds-3", true},
		{"deb:libopenblas0-pthread==0.3.1.*", "deb", "libopenblas0-pthread", "0.3.13+ds-3", false},
		{"deb:libopenblas0-pthread!=0.3.13*", "deb", "libopenblas0-pthread", "0.3.13+ds-3", false},
		{"deb:bash << 5.2.16, >>5", "deb", "bash", "5.2.15-2+b13", true},
		{"deb:g++", "deb", "g++", "4:12.2.0-3", true},
		{"deb:libc6:amd64", "deb", "libc6:amd64", "2.36", true},
		{"npm:@types/node>=20.0.0", "npm", "@types/node", "20.1.0", true},
		{"numpy==1.21.*", "python", "numpy", "1.21", true},
		{"numpy==1.21.*", "python", "numpy", "1.21rc1", true},
		{"numpy==1.2.*", "python", "numpy", "1.21", false},
		{"numpy~=1.21.2", "python", "numpy", "1.21.6", true},
		{"numpy~=1.21.2", "python", "numpy", "1.22", false},
		{"numpy~=1.21.2", "python", "numpy", "1.21.1", false},
		{"numpy~=1.21", "python", "numpy", "1.26", true},
		{"numpy!=1.21", "python", "numpy", "1.21.0", false},
		{"numpy=1.21", "python", "numpy", "1.21.0", true},
		{"numpy===1.21", "python", "numpy", "1.21.0", true},
		{"numpy>1.21,!=1.22,<=1.23", "python", "numpy", "1.22", false},
		{"numpy>1.21,!=1.22,<=1.23", "python", "numpy", "1.23", true},
		// A version that nobody can order.
		{"pytz<2005", "python", "pytz", "2004d", false},
		{"pytz>2003", "python", "pytz", "2004d", false},
		{"pytz==2004d", "python", "pytz", "2004d", true},
		{"pytz!=2004d", "python", "pytz", "2004e", true},
		{"pytz", "python", "pytz", "2004d", true},
		{"thing", "nix", "thing", "1", true},
	} {
		q, err := versions.ParseQuery(test.query)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
			continue
		}
		if got := q.Matches(test.ecosystem, test.name, test.version); got != test.want {
			t.Errorf("%q matches %s %s %s: %v", test.query, test.ecosystem, test.name, test.version, got)
		}
		if test.want && test.ecosystem != "nix" && !slices.Contains(q.Names(), versions.NormalName(test.ecosystem, test.name)) {
			t.Errorf("%q is looked for among %q only", test.query, q.Names())
		}
	}
}

func TestQueryRefuses(t *testing.T) {
	for query, says := range map[string]string{
		"":                                     "no package named",
		"<1.8":                                 "no package named",
		"r:":                                   "no package named",
		"scipy 1.8":                            "cannot name a package",
		"scipy,numpy":                          "cannot name a package",
		"sci*":                                 "cannot name a package",
		"scipy<":                               "no version after <",
		"scipy==*":                             "no version after ==",
		"scipy<1.8,":                           "is no condition",
		"scipy<1.8,1.7":                        "is no condition",
		"scipy<1.*":                            "a * stands only at the end, and only after == or !=",
		"scipy==1.*.2":                         "a * stands only at the end",
		"scipy<1.7 >1.6":                       "conditions have commas between them",
		"scipy!1.7":                            "is no condition",
		"scipy<new":                            "is no version",
		"r:survival<3.2a":                      "is no version of r packages",
		"pip:scipy":                            "is no ecosystem: use apk, conda, deb",
		"scipy~=1":                             "at least two numbers",
		"scipy\xff":                            "UTF-8",
		strings.Repeat("a", 501):               "at most 500 bytes",
		"a" + strings.Repeat("<1,", 21) + "<1": "at most 20 conditions",
	} {
		_, err := versions.ParseQuery(query)
		if petri.KindOf(err) != petri.Invalid || !strings.Contains(petri.MessageOf(err), says) {
			t.Errorf("%q: %v; want %q", query, err, says)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"scipy<1.8", "r:survival>=3.2,<3.5", "deb:g++==4:12*", "npm:@types/node~=20.1.0", "a!=1.*", " x = 1 ", "a:b:c", "<", "a<1,,", "é"} {
		f.Add(seed, "1.0")
	}
	f.Fuzz(func(t *testing.T, text, version string) {
		q, err := versions.ParseQuery(text)
		if err != nil {
			if petri.KindOf(err) != petri.Invalid || petri.MessageOf(err) == "" {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := versions.ParseQuery(q.String())
		if err != nil || again.String() != q.String() {
			t.Errorf("%q is written %q and then read as %q, %v", text, q, again, err)
		}
		for _, ecosystem := range versions.Ecosystems() {
			if q.Matches(ecosystem, q.Name, version) != again.Matches(ecosystem, q.Name, version) {
				t.Errorf("%q and %q mean different things", text, q)
			}
			if q.Matches(ecosystem, q.Name, version) && !slices.Contains(q.Names(), versions.NormalName(ecosystem, q.Name)) {
				t.Errorf("%q matches what is not among %q", text, q.Names())
			}
		}
	})
}
