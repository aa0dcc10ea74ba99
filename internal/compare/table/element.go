package table

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// cell reads a value out of an element.
func (l *leaf) cell(element []byte) cell {
	p := element[l.offset : l.offset+l.size]
	switch l.kind {
	case 'b':
		return truth(p[0] != 0)
	case 'i':
		return integer(l.integer(p))
	case 'u':
		return unsigned(l.unsigned(p))
	case 'f':
		return l.float(p)
	case 'c':
		return l.twofold(p)
	case 'S':
		return text(utf8Text([]byte(strings.TrimRight(string(p), "\x00"))))
	case 'U':
		return text(l.unicode(p))
	case 'M', 'm':
		return l.time(p)
	}
	return text("0x" + hex.EncodeToString(p))
}

func (l *leaf) unsigned(p []byte) uint64 {
	switch len(p) {
	case 1:
		return uint64(p[0])
	case 2:
		return uint64(l.order.Uint16(p))
	case 4:
		return uint64(l.order.Uint32(p))
	}
	return l.order.Uint64(p)
}

func (l *leaf) integer(p []byte) int64 {
	unused := 64 - 8*len(p)
	return int64(l.unsigned(p)<<unused) >> unused
}

func (l *leaf) float(p []byte) cell {
	switch len(p) {
	case 2:
		return single(half(l.order.Uint16(p)))
	case 4:
		return single(math.Float32frombits(l.order.Uint32(p)))
	case 8:
		return float(math.Float64frombits(l.order.Uint64(p)))
	}
	return extended(p, l.order)
}

func (l *leaf) twofold(p []byte) cell {
	re, im := l.float(p[:len(p)/2]), l.float(p[len(p)/2:])
	if re.form == absent || im.form == absent { // as NumPy has it, one part that is NaN makes the whole
		return cell{text: re.String() + " and " + im.String() + "j"}
	}
	return cell{form: twofold, f: re.f, im: im.f}
}

// half reads 16-bit floating point.
func half(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, uint32(bits>>10)&31, uint32(bits)&1023
	switch exponent {
	case 0:
		f := float32(fraction) / (1 << 24)
		if sign != 0 {
			f = -f
		}
		return f
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// extended reads the 80 bits of x86's long double, the only one that NumPy's files have in practice.
func extended(p []byte, order binary.ByteOrder) cell {
	var mantissa uint64
	var high uint16
	if order == binary.BigEndian {
		p = p[len(p)-10:]
		high, mantissa = order.Uint16(p), order.Uint64(p[2:])
	} else {
		mantissa, high = order.Uint64(p), order.Uint16(p[8:])
	}
	negative, exponent := high>>15 == 1, int(high&0x7fff)
	if exponent == 0x7fff {
		switch {
		case mantissa<<1 != 0:
			return cell{text: "NaN"}
		case negative:
			return cell{form: number, f: math.Inf(-1)}
		}
		return cell{form: number, f: math.Inf(1)}
	}
	if mantissa == 0 {
		return cell{form: number}
	}
	exact := new(big.Float).SetMantExp(new(big.Float).SetUint64(mantissa), max(exponent, 1)-16383-63)
	if negative {
		exact.Neg(exact)
	}
	f, _ := exact.Float64()
	if math.IsInf(f, 0) {
		f = math.Copysign(math.MaxFloat64, f)
	}
	return cell{form: number, f: f, exact: exact.Text('p', 0), text: exact.Text('g', 21)}
}

func (l *leaf) unicode(p []byte) string {
	var out []byte
	for i := 0; i+4 <= len(p); i += 4 {
		out = utf8.AppendRune(out, rune(l.order.Uint32(p[i:])))
	}
	return strings.TrimRight(string(out), "\x00")
}

// perSecond and seconds are the units of time, but for months and years.
var (
	perSecond = map[string]int64{"s": 1, "ms": 1e3, "us": 1e6, "μs": 1e6, "ns": 1e9}
	seconds   = map[string]int64{"m": 60, "h": 3600, "D": 86400, "W": 604800}
)

// time reads an instant or a duration as text that is the same in every unit, so far as units can
// be converted; NaT has no value.
func (l *leaf) time(p []byte) cell {
	n := int64(l.order.Uint64(p))
	if n == math.MinInt64 {
		return cell{text: "NaT"}
	}
	total := new(big.Int).Mul(big.NewInt(n), big.NewInt(l.step))
	if length := seconds[l.unit]; length > 0 {
		total.Mul(total, big.NewInt(length))
	}
	rest, per := new(big.Int), perSecond[l.unit]
	switch {
	case l.kind == 'M' && (l.unit == "Y" || l.unit == "M") && total.IsInt64():
		return text(month(total.Int64(), l.unit == "Y"))
	case per > 1:
		total.DivMod(total, big.NewInt(per), rest)
		rest.Mul(rest, big.NewInt(1e9/per))
	case seconds[l.unit] == 0 && per == 0:
		return text(total.String() + " " + l.unit)
	}
	if l.kind == 'M' && total.IsInt64() && total.Int64() > -1<<36 && total.Int64() < 1<<36 {
		return text(time.Unix(total.Int64(), rest.Int64()).UTC().Format("2006-01-02T15:04:05.999999999"))
	}
	fraction := strings.TrimRight(strconv.FormatInt(1e9+rest.Int64(), 10)[1:], "0")
	return text(strings.TrimRight(total.String()+"."+fraction, ".") + " s")
}

func month(n int64, years bool) string {
	if years {
		if n > 1e6 || n < -1e6 {
			return strconv.FormatInt(n, 10) + " Y"
		}
		n *= 12
	}
	if n > 12e6 || n < -12e6 {
		return strconv.FormatInt(n, 10) + " M"
	}
	return time.Date(1970, time.Month(1+n), 1, 0, 0, 0, 0, time.UTC).Format("2006-01-02T15:04:05")
}
