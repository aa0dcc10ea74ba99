package versions

import (
	"cmp"
	"slices"
	"strings"
)

// apkToken is a piece of a version of Alpine's packages, such as 1.2.3b_rc4-r5.
type apkToken struct {
	kind int
	text string
}

// The kinds of token; where two versions part, the later kind is the older version.
const (
	apkFirst = iota
	apkNumber
	apkLetter
	apkSuffix
	apkSuffixNumber
	apkHash
	apkRevision
	apkEnd
)

// apkSuffixes in their order; those before the empty one come before the version itself.
var apkSuffixes = []string{"alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"}

func parseAPK(s string) ([]apkToken, bool) {
	first, s := run(s, isDigit)
	tokens := []apkToken{{apkFirst, first}}
	ok := first != ""
	take := func(kind int, class func(byte) bool) {
		var text string
		text, s = run(s, class)
		tokens = append(tokens, apkToken{kind, text})
		ok = ok && text != ""
	}
	for strings.HasPrefix(s, ".") && ok {
		s = s[1:]
		take(apkNumber, isDigit)
	}
	if s != "" && isLower(s[0]) {
		tokens = append(tokens, apkToken{apkLetter, s[:1]})
		s = s[1:]
	}
	for strings.HasPrefix(s, "_") && ok {
		s = s[1:]
		take(apkSuffix, isLower)
		ok = ok && slices.Contains(apkSuffixes, tokens[len(tokens)-1].text)
		if s != "" && isDigit(s[0]) {
			take(apkSuffixNumber, isDigit)
		}
	}
	if strings.HasPrefix(s, "~") {
		s = s[1:]
		take(apkHash, func(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' })
	}
	if rest, found := strings.CutPrefix(s, "-r"); found {
		s = rest
		take(apkRevision, isDigit)
	}
	return append(tokens, apkToken{apkEnd, ""}), ok && s == ""
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func compareAPK(a, b []apkToken) int {
	i := 0
	for a[i].kind == b[i].kind {
		if a[i].kind == apkEnd {
			return 0
		}
		if c := a[i].compare(b[i]); c != 0 {
			return c
		}
		i++
	}
	switch {
	case a[i].early():
		return -1
	case b[i].early():
		return 1
	}
	return cmp.Compare(b[i].kind, a[i].kind)
}

// compare orders tokens of one kind. A number after a dot that begins with 0 is a decimal
// fraction.
func (t apkToken) compare(u apkToken) int {
	switch t.kind {
	case apkSuffix:
		return cmp.Compare(slices.Index(apkSuffixes, t.text), slices.Index(apkSuffixes, u.text))
	case apkLetter, apkHash:
		return cmp.Compare(t.text, u.text)
	case apkNumber:
		if t.text[0] == '0' || u.text[0] == '0' {
			return cmp.Compare(t.text, u.text)
		}
	}
	return digits(t.text, u.text)
}

// early tells whether the token makes a version older than one that ends before it.
func (t apkToken) early() bool {
	return t.kind == apkSuffix && slices.Index(apkSuffixes, t.text) < slices.Index(apkSuffixes, "")
}
