package cli

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/petri-dev/petri"
)

// parseSize reads 512m, 4g, 1.5g, 4GiB or a number of bytes; k, m, g and t are powers of 1024,
// as Docker has it.
func parseSize(s string) (int64, error) {
	wrong := petri.Errorf(petri.Invalid, "%q is not a size: write 512m, 4g or a number of bytes", s)
	number := strings.TrimSuffix(strings.ToLower(s), "b")
	number = strings.TrimSuffix(number, "i")
	unit := 1.0
	if number != "" {
		if i := strings.IndexByte("kmgt", number[len(number)-1]); i >= 0 {
			unit = math.Pow(1024, float64(i+1))
			number = number[:len(number)-1]
		} else if number != strings.ToLower(s) && number+"b" != strings.ToLower(s) {
			return 0, wrong
		}
	}
	if strings.Trim(number, "0123456789.") != "" {
		return 0, wrong
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value <= 0 || value*unit >= 1<<62 || unit == 1 && value != math.Trunc(value) {
		return 0, wrong
	}
	return int64(value * unit), nil
}

// parseDuration reads 90s, 10m, 1h30m, 2d, or a number of seconds.
func parseDuration(s string) (time.Duration, error) {
	wrong := petri.Errorf(petri.Invalid, "%q is not a duration: write 90s, 10m, 2h or 1d", s)
	text := s
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || math.IsNaN(n) || n <= 0 || n > 10000 {
			return 0, wrong
		}
		return time.Duration(n * 24 * float64(time.Hour)), nil
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, wrong
	}
	return d, nil
}

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
