package picture

import (
	"bytes"
	"image"
	"image/color"
	"slices"
)

// pixels gives the pixels of any picture that Go decodes.
func pixels(img image.Image) image.RGBA64Image {
	if fast, ok := img.(image.RGBA64Image); ok {
		return fast
	}
	return slow{img}
}

type slow struct{ image.Image }

func (s slow) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := s.At(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

func (s slow) Opaque() bool { return false }

// sameRow tells quickly of most rows that they are the same; false says nothing.
func sameRow(a, b image.Image, y int) bool {
	if a.Bounds() != b.Bounds() || y < a.Bounds().Min.Y || y >= a.Bounds().Max.Y {
		return false
	}
	switch p := a.(type) {
	case *image.NRGBA:
		q, ok := b.(*image.NRGBA)
		return ok && equalRow(p.Pix, p.Stride, q.Pix, q.Stride, y-p.Rect.Min.Y, 4*p.Rect.Dx())
	case *image.RGBA:
		q, ok := b.(*image.RGBA)
		return ok && equalRow(p.Pix, p.Stride, q.Pix, q.Stride, y-p.Rect.Min.Y, 4*p.Rect.Dx())
	case *image.NRGBA64:
		q, ok := b.(*image.NRGBA64)
		return ok && equalRow(p.Pix, p.Stride, q.Pix, q.Stride, y-p.Rect.Min.Y, 8*p.Rect.Dx())
	case *image.RGBA64:
		q, ok := b.(*image.RGBA64)
		return ok && equalRow(p.Pix, p.Stride, q.Pix, q.Stride, y-p.Rect.Min.Y, 8*p.Rect.Dx())
	case *image.Gray:
		q, ok := b.(*image.Gray)
		return ok && equalRow(p.Pix, p.Stride, q.Pix, q.Stride, y-p.Rect.Min.Y, p.Rect.Dx())
	case *image.Gray16:
		q, ok := b.(*image.Gray16)
		return ok && equalRow(p.Pix, p.Stride, q.Pix, q.Stride, y-p.Rect.Min.Y, 2*p.Rect.Dx())
	case *image.Paletted:
		q, ok := b.(*image.Paletted)
		return ok && slices.Equal(p.Palette, q.Palette) && equalRow(p.Pix, p.Stride, q.Pix, q.Stride, y-p.Rect.Min.Y, p.Rect.Dx())
	}
	return false
}

func equalRow(a []byte, strideA int, b []byte, strideB, row, length int) bool {
	return bytes.Equal(a[row*strideA:row*strideA+length], b[row*strideB:row*strideB+length])
}
