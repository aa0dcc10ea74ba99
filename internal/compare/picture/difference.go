package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// The palette of a picture of a difference: shades of B, faded, then red as strong as the
// difference, then what only one of two pictures of different size covers.
const (
	shades   = 128
	reds     = 127
	oneSided = shades + reds
)

// Difference draws, as PNG, where two pictures differ: B faded to grey and, in red, each pixel
// that differs, the stronger the more. Blue is what only one of them covers. Of animations it draws
// the first frames that differ. What cannot be drawn is Kind: invalid.
func Difference(ctx context.Context, a, b kind.Content) ([]byte, error) {
	left, err := decode(ctx, a)
	if err != nil {
		return nil, orInvalid(a.Path, err)
	}
	right, err := decode(ctx, b)
	if err != nil {
		return nil, orInvalid(a.Path, err)
	}
	x, y := left.frames[0], right.frames[0]
	for i := range min(len(left.frames), len(right.frames)) {
		t := tally{}
		if err := t.frame(ctx, left.frames[i], right.frames[i]); err != nil {
			return nil, err
		}
		if t.differing > 0 {
			x, y = left.frames[i], right.frames[i]
			break
		}
	}
	area := x.Bounds().Union(y.Bounds())
	if int64(area.Dx())*int64(area.Dy()) > maxDecoded {
		return nil, petri.Errorf(petri.Invalid, "a picture of the difference would be too large: %d × %d pixels", area.Dx(), area.Dy())
	}
	drawn := image.NewPaletted(area, palette())
	if err := draw(ctx, drawn, x, y); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func orInvalid(path string, err error) error {
	if errors.Is(err, kind.ErrOther) {
		return petri.Wrap(petri.Invalid, err, "no picture of how %.200q differs can be drawn: %s", path, kind.Reason(err))
	}
	return err
}

func draw(ctx context.Context, drawn *image.Paletted, a, b image.Image) error {
	p, q := pixels(a), pixels(b)
	for y := drawn.Rect.Min.Y; y < drawn.Rect.Max.Y; y++ {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		line := drawn.Pix[drawn.PixOffset(drawn.Rect.Min.X, y):]
		for x := drawn.Rect.Min.X; x < drawn.Rect.Max.X; x++ {
			at := image.Pt(x, y)
			if at.In(a.Bounds()) != at.In(b.Bounds()) {
				line[x-drawn.Rect.Min.X] = oneSided
				continue
			}
			line[x-drawn.Rect.Min.X] = shade(p.RGBA64At(x, y), q.RGBA64At(x, y))
		}
	}
	return nil
}

// shade is the place in the palette for a pixel that was a and is b.
func shade(a, b color.RGBA64) byte {
	if a == b {
		light := (299*uint32(b.R) + 587*uint32(b.G) + 114*uint32(b.B)) / 1000
		light += 0xffff - uint32(b.A) // on white
		return byte(min(light, 0xffff) * (shades - 1) / 0xffff)
	}
	most := max(apart(a.R, b.R), apart(a.G, b.G), apart(a.B, b.B), apart(a.A, b.A))
	// A square root, so that small differences are seen too.
	return byte(shades + int(math.Sqrt(float64(most)/0xffff)*(reds-1)))
}

func apart(a, b uint16) uint16 {
	if a > b {
		return a - b
	}
	return b - a
}

func palette() color.Palette {
	colors := make(color.Palette, 0, 256)
	for i := range shades {
		grey := uint8(170 + i*85/(shades-1))
		colors = append(colors, color.RGBA{grey, grey, grey, 255})
	}
	for i := range reds {
		pale := uint8(150 - i*150/(reds-1))
		colors = append(colors, color.RGBA{uint8(230 - i*30/(reds-1)), pale, pale, 255})
	}
	return append(colors, color.RGBA{120, 160, 230, 255})
}
