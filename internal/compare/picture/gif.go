package picture

import (
	"bufio"
	"context"
	"fmt"
	"image/gif"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// decodeGIF reads all frames of a GIF, having counted first what they would take.
func (s *still) decodeGIF(ctx context.Context, c kind.Content) error {
	pixels, err := framePixels(bufio.NewReader(reader{ctx, c.Reader()}))
	if err != nil {
		return broken(ctx, "gif", err)
	}
	if pixels > maxDecoded {
		return fmt.Errorf("its frames would need more than %d MiB of memory: %w", maxDecoded>>20, kind.ErrOther)
	}
	all, err := gif.DecodeAll(reader{ctx, c.Reader()})
	if err != nil {
		return broken(ctx, "gif", err)
	}
	for _, frame := range all.Image {
		s.frames = append(s.frames, frame)
	}
	s.delays = all.Delay
	return nil
}

// frameCost stands for what a frame takes beside its pixels, so that many empty ones are dear too.
const frameCost = 4 << 10

// framePixels adds up the pixels of a GIF's frames by walking its blocks, without unpacking any.
func framePixels(r *bufio.Reader) (int64, error) {
	screen := make([]byte, 13)
	if _, err := io.ReadFull(r, screen); err != nil {
		return 0, err
	}
	if err := skipColors(r, screen[10]); err != nil {
		return 0, err
	}
	total := int64(0)
	for {
		block, err := r.ReadByte()
		if err != nil {
			return total, orEnd(err)
		}
		switch block {
		case 0x21: // an extension: a label, then blocks
			if _, err := r.Discard(1); err != nil {
				return 0, err
			}
		case 0x2c: // a frame
			frame := make([]byte, 9)
			if _, err := io.ReadFull(r, frame); err != nil {
				return 0, err
			}
			width, height := int64(frame[4])|int64(frame[5])<<8, int64(frame[6])|int64(frame[7])<<8
			if total += width*height + frameCost; total > maxDecoded {
				return total, nil
			}
			if err := skipColors(r, frame[8]); err != nil {
				return 0, err
			}
			if _, err := r.Discard(1); err != nil { // how wide codes are
				return 0, err
			}
		default: // the end, or what the decoder will refuse
			return total, nil
		}
		if err := skipBlocks(r); err != nil {
			return total, orEnd(err)
		}
	}
}

func skipColors(r *bufio.Reader, flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	_, err := r.Discard(3 << (flags&7 + 1))
	return err
}

func skipBlocks(r *bufio.Reader) error {
	for {
		n, err := r.ReadByte()
		if err != nil || n == 0 {
			return err
		}
		if _, err := r.Discard(int(n)); err != nil {
			return err
		}
	}
}

// orEnd leaves a GIF that ends too early to the decoder, which knows what may be missing.
func orEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}
