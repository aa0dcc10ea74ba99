package picture

import (
	"context"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// Raster compares PNG, JPEG and GIF pixel by pixel, each channel as a number from 0 to 255
// within the file's tolerance. Pictures that show the same and differ in what their files say
// beside it, such as a date, are Same and Volatile.
func Raster(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	left, err := decode(ctx, a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	right, err := decode(ctx, b)
	if err != nil {
		return petri.FileComparison{}, err
	}
	f := petri.FileComparison{Kind: kindImage, Verdict: petri.Different, Picture: true}
	switch {
	case left.width != right.width || left.height != right.height:
		f.Summary = fmt.Sprintf("%d × %d pixels in A, %d × %d in B", left.width, left.height, right.width, right.height)
		return f, nil
	case len(left.frames) != len(right.frames):
		f.Summary = fmt.Sprintf("%s in A, %s in B", kind.Count(int64(len(left.frames)), "frame"), kind.Grouped(int64(len(right.frames))))
		return f, nil
	}
	t := tally{tolerance: rules.Tolerance()}
	for i := range left.frames {
		if err := t.frame(ctx, left.frames[i], right.frames[i]); err != nil {
			return petri.FileComparison{}, err
		}
	}
	if t.differing == 0 {
		return f, samePixels(&f, a, b, left, right)
	}
	t.tell(&f)
	return f, nil
}

// samePixels tells what else differs between two pictures that show the same.
func samePixels(f *petri.FileComparison, a, b kind.Content, left, right still) error {
	f.Picture = false
	if !slices.Equal(left.delays, right.delays) {
		f.Summary = "the frames are the same and are shown for other times"
		return nil
	}
	if left.format != right.format {
		f.Verdict, f.Volatile = petri.Same, true
		f.Summary = fmt.Sprintf("the pixels are the same: %s in A, %s in B", left.format, right.format)
		return nil
	}
	said := "what the file says beside them"
	if left.format == "png" {
		visible, hidden, err := chunksThatDiffer(a, b)
		if err != nil {
			return err
		}
		if len(visible) > 0 {
			f.Summary = "the pixels are the same; the colours that they stand for are not (" + joined(visible) + ")"
			return nil
		}
		if said = "how they are packed"; len(hidden) > 0 {
			said = "what the file says beside them (" + joined(hidden) + ")"
		}
	}
	f.Verdict, f.Volatile = petri.Same, true
	f.Summary = "the pixels are the same; only " + said + " differs"
	return nil
}

// tally counts pixels that differ.
type tally struct {
	tolerance petri.Tolerance
	pixels    int64
	differing int64
	beyond    int64
	max       float64 // largest difference in a channel, of 255
	maxRel    float64
	box       image.Rectangle // around all that differ
}

func (t *tally) tell(f *petri.FileComparison) {
	maxAbs := t.max
	f.MaxAbs = &maxAbs
	if t.maxRel > 0 {
		maxRel := t.maxRel
		f.MaxRel = &maxRel
	}
	f.Summary = fmt.Sprintf("%s of %s differ (%s), by up to %s of 255, between (%d, %d) and (%d, %d)",
		kind.Grouped(t.differing), kind.Count(t.pixels, "pixel"), kind.Share(t.differing, t.pixels), level(t.max),
		t.box.Min.X, t.box.Min.Y, t.box.Max.X-1, t.box.Max.Y-1)
	if t.beyond == 0 {
		f.Verdict = petri.WithinTolerance
		f.Summary += ", within tolerance"
	} else if t.beyond < t.differing {
		f.Summary += fmt.Sprintf("; %s beyond tolerance", kind.Grouped(t.beyond))
	}
}

func level(v float64) string {
	if v < 1 {
		return "less than 1"
	}
	return fmt.Sprintf("%.0f", v)
}

// frame compares two frames; what lies outside of one is transparent.
func (t *tally) frame(ctx context.Context, a, b image.Image) error {
	area := a.Bounds().Union(b.Bounds())
	x, y := pixels(a), pixels(b)
	t.pixels += int64(area.Dx()) * int64(area.Dy())
	for row := area.Min.Y; row < area.Max.Y; row++ {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if sameRow(a, b, row) {
			continue
		}
		for col := area.Min.X; col < area.Max.X; col++ {
			p, q := x.RGBA64At(col, row), y.RGBA64At(col, row)
			if p != q {
				t.pixel(col, row, [4]uint16{p.R, p.G, p.B, p.A}, [4]uint16{q.R, q.G, q.B, q.A})
			}
		}
	}
	return nil
}

func (t *tally) pixel(x, y int, a, b [4]uint16) {
	t.differing++
	t.box = t.box.Union(image.Rect(x, y, x+1, y+1))
	near := true
	for i := range a {
		p, q := float64(a[i])/257, float64(b[i])/257
		if p == q {
			continue
		}
		d := math.Abs(p - q)
		t.max = max(t.max, d)
		if q != 0 {
			t.maxRel = max(t.maxRel, d/q)
		}
		near = near && t.tolerance.Close(p, q)
	}
	if !near {
		t.beyond++
	}
}
