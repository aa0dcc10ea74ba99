package projectfile

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/petri-dev/petri"
)

// ParseSize reads 512m, 4g, 1.5g, 4GiB or a number of bytes, more than 0; k, m, g and t are
// powers of 1024, as Docker has it. Kind: invalid.
func ParseSize(s string) (int64, error) {
	wrong := petri.Errorf(petri.Invalid, "%.40q is not a size: write 512m, 4g or a number of bytes", s)
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

// ParseDuration reads 90s, 10m, 1h30m, 2d, or a number of seconds, more than 0. Kind: invalid.
func ParseDuration(s string) (time.Duration, error) {
	wrong := petri.Errorf(petri.Invalid, "%.40q is not a duration: write 90s, 10m, 2h or 1d", s)
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

// command is what to run; nil where nothing is said. A plain string is split at spaces; one
// with anything in it that a shell would look at goes to the shell.
func command(written any) ([]string, error) {
	switch c := written.(type) {
	case nil:
		return nil, nil
	case string:
		if strings.ContainsAny(c, "|&;<>()$`\\\"'*?[]#~=%!{}\n") {
			return []string{"sh", "-c", c}, nil
		}
		return strings.Fields(c), nil
	case []any:
		list := make([]string, len(c))
		for i := range c {
			word, ok := c[i].(string)
			if !ok {
				return nil, petri.Errorf(petri.Invalid, "a command is a string or a list of strings")
			}
			list[i] = word
		}
		return list, nil
	}
	return nil, petri.Errorf(petri.Invalid, "a command is a string or a list of strings")
}
