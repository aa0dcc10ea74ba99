package picture

import (
	"crypto/sha256"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxChunks bounds how many chunks of a PNG are looked at.
const maxChunks = 10_000

// chunksThatDiffer names the chunks of two PNGs of equal pixels that differ: those that change
// the colours that pixels stand for, and those that nobody sees.
func chunksThatDiffer(a, b kind.Content) (visible, hidden []string, err error) {
	left, err := chunkSums(a)
	if err != nil {
		return nil, nil, err
	}
	right, err := chunkSums(b)
	if err != nil {
		return nil, nil, err
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(left)), maps.Keys(right))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if left[name] == right[name] {
			continue
		}
		switch name {
		case "IHDR", "PLTE", "tRNS", "IDAT", "IEND", "sBIT", "hIST", "sPLT":
			// How pixels are written, which were compared as such.
		case "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCv", "cLLi":
			visible = append(visible, name)
		default:
			hidden = append(hidden, name)
		}
	}
	return visible, hidden, nil
}

// chunkSums are digests of a PNG's chunks, by name.
func chunkSums(c kind.Content) (map[string]string, error) {
	sums, seen := map[string]string{}, 0
	var failed error
	err := chunks(c, func(name string, data io.Reader) bool {
		if seen++; seen > maxChunks {
			return false
		}
		if name == "IDAT" {
			return true
		}
		hash := sha256.New()
		_, _ = io.WriteString(hash, sums[name])
		if _, failed = io.Copy(hash, data); failed != nil {
			return false
		}
		sums[name] = string(hash.Sum(nil))
		return true
	})
	if failed != nil {
		err = failed
	}
	return sums, err
}

// joined names chunks in words where there are any.
func joined(names []string) string {
	words := map[string]string{
		"tEXt": "text", "zTXt": "text", "iTXt": "text", "tIME": "time", "eXIf": "camera data", "pHYs": "resolution",
		"gAMA": "gamma", "cHRM": "chromaticities", "sRGB": "sRGB", "iCCP": "colour profile", "bKGD": "background",
	}
	var list []string
	for _, name := range names {
		word, known := words[name]
		if !known {
			word = strings.ToValidUTF8(name, "?")
		}
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	if len(list) > 5 {
		list = append(list[:5], "…")
	}
	return strings.Join(list, ", ")
}
