package picture

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// still is a decoded picture: one frame, or several of an animated GIF.
type still struct {
	format string
	width  int
	height int
	frames []image.Image
	delays []int // of a GIF's frames, in hundredths of a second
}

// decode reads a whole picture. What is none, or too large, is kind.ErrOther.
func decode(ctx context.Context, c kind.Content) (still, error) {
	config, format, err := header(c)
	if err != nil {
		return still{}, err
	}
	s := still{format: format, width: config.Width, height: config.Height}
	if format == "gif" {
		return s, s.decodeGIF(ctx, c)
	}
	if need := int64(config.Width) * int64(config.Height) * bytesPerPixel(config, format); need > maxDecoded {
		return still{}, tooLarge(config)
	}
	if format == "png" {
		if animated, err := isAnimated(c); err != nil || animated {
			return still{}, orAnimated(err)
		}
	}
	read := png.Decode
	if format == "jpeg" {
		read = jpeg.Decode
	}
	img, err := read(reader{ctx, c.Reader()})
	if err != nil {
		return still{}, broken(ctx, format, err)
	}
	s.frames = []image.Image{img}
	return s, nil
}

// header reads how large a picture is, and nothing of its pixels.
func header(c kind.Content) (image.Config, string, error) {
	magic := make([]byte, 8)
	n, err := c.ReadAt(magic, 0)
	if err != nil && err != io.EOF {
		return image.Config{}, "", err
	}
	read, format := png.DecodeConfig, "png"
	switch magic = magic[:n]; {
	case len(magic) >= 8 && string(magic) == "\x89PNG\r\n\x1a\n":
	case len(magic) >= 3 && string(magic[:3]) == "\xff\xd8\xff":
		read, format = jpeg.DecodeConfig, "jpeg"
	case len(magic) >= 4 && string(magic[:4]) == "GIF8":
		read, format = gif.DecodeConfig, "gif"
	default:
		return image.Config{}, "", fmt.Errorf("it is neither PNG, JPEG nor GIF: %w", kind.ErrOther)
	}
	config, err := read(c.Reader())
	if err != nil {
		return image.Config{}, "", broken(context.Background(), format, err)
	}
	if config.Width <= 0 || config.Height <= 0 {
		return image.Config{}, "", fmt.Errorf("its header says %d × %d pixels: %w", config.Width, config.Height, kind.ErrOther)
	}
	return config, format, nil
}

// bytesPerPixel is what decoding takes at most.
func bytesPerPixel(config image.Config, format string) int64 {
	if format == "jpeg" {
		return 8 // a progressive one keeps all coefficients beside the pixels
	}
	switch config.ColorModel {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := config.ColorModel.(color.Palette); ok {
		return 1
	}
	return 4
}

func tooLarge(config image.Config) error {
	return fmt.Errorf("its %s × %s pixels would need more than %d MiB of memory: %w",
		kind.Grouped(int64(config.Width)), kind.Grouped(int64(config.Height)), maxDecoded>>20, kind.ErrOther)
}

// broken is err of decoding: content that is not what its header says, unless reading failed.
func broken(ctx context.Context, format string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return fmt.Errorf("it cannot be decoded as %s (%v): %w", format, err, kind.ErrOther)
}

func orAnimated(err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("it is an animated PNG: %w", kind.ErrOther)
}

// isAnimated looks for the chunk that makes a PNG an animation, of which only the first
// picture would be decoded.
func isAnimated(c kind.Content) (bool, error) {
	animated := false
	err := chunks(c, func(name string, _ io.Reader) bool {
		animated = name == "acTL"
		return !animated && name != "IDAT"
	})
	return animated, err
}

// chunks calls fn for the chunks of a PNG until it returns false, the content ends, or it is none.
func chunks(c kind.Content, fn func(name string, data io.Reader) bool) error {
	head := make([]byte, 8)
	for at := int64(8); at+12 <= c.Size; {
		if _, err := c.ReadAt(head, at); err != nil {
			return err
		}
		length := int64(binary.BigEndian.Uint32(head))
		if at+12+length > c.Size || !fn(string(head[4:]), io.NewSectionReader(c, at+8, length)) {
			return nil
		}
		at += 12 + length
	}
	return nil
}

// reader stops when ctx ends.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
