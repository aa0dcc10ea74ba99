package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/petri-dev/petri"
)

// parseVariables reads K=V, and with own K alone, whose value is one's own environment's.
func parseVariables(list []string, own func(string) (string, bool)) (map[string]string, error) {
	variables := map[string]string{}
	for _, s := range list {
		name, value, given := strings.Cut(s, "=")
		if !given {
			if own == nil {
				return nil, petri.Errorf(petri.Invalid, "%q sets no variable: write NAME=VALUE", s)
			}
			found := false
			if value, found = own(name); !found {
				return nil, petri.Errorf(petri.Invalid, "variable %s is not set here, so it has no value to pass on: write %s=VALUE", name, name)
			}
		}
		if _, twice := variables[name]; twice {
			return nil, petri.Errorf(petri.Invalid, "variable %s is given twice", name)
		}
		variables[name] = value
	}
	return variables, petri.CheckVariables(variables)
}

// seconds writes a duration for people.
func seconds(s float64) string {
	switch {
	case s < 10:
		return strconv.FormatFloat(s, 'f', 2, 64) + " s"
	case s < 120:
		return strconv.FormatFloat(s, 'f', 1, 64) + " s"
	}
	return time.Duration(s * float64(time.Second)).Round(time.Second).String()
}

// size writes bytes for people.
func size(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, units := float64(n), "KMGTPE"
	for i := range len(units) {
		if value /= 1024; value < 999.5 || i == len(units)-1 {
			digits := 1
			if value >= 99.95 {
				digits = 0
			}
			return strconv.FormatFloat(value, 'f', digits, 64) + " " + units[i:i+1] + "iB"
		}
	}
	return ""
}

// ago writes when something was, for people.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return ""
	case d < time.Minute:
		return strconv.Itoa(max(0, int(d.Seconds()))) + " s ago"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min ago"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h ago"
	case d < 30*24*time.Hour:
		return strconv.Itoa(int(d.Hours()/24)) + " d ago"
	}
	return t.Local().Format("2006-01-02")
}

func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if base, ok := strings.CutSuffix(one, "y"); ok {
		return strconv.Itoa(n) + " " + base + "ies"
	}
	return strconv.Itoa(n) + " " + one + "s"
}
