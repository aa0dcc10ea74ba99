package inspect

import (
	"io"
	"os"
)

// opened is one file to be read here and there. All that is read of it together is bounded.
type opened struct {
	file io.ReaderAt
	size int64
	left int64
}

// maxRead bounds what is read of one database, in times its size: whatever its pages say, the
// listing ends.
const maxRead = 4

// open opens a plain file; false for anything else.
func (t *tree) open(name string) (*opened, bool) {
	if t.opened.Add(1) > maxOpened {
		return nil, false
	}
	var file *os.File
	var err error
	if t.inside != nil {
		file, err = t.inside.OpenFile(relative(name), openFlags, 0)
	} else {
		file, err = os.OpenFile(name, openFlags, 0)
	}
	if err != nil {
		return nil, false
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = file.Close()
		return nil, false
	}
	return newOpened(file, info.Size()), true
}

func newOpened(file io.ReaderAt, size int64) *opened {
	return &opened{file: file, size: size, left: maxRead*size + 1<<20}
}

// at gives length bytes from an offset, or as many as there are.
func (o *opened) at(offset int64, length int) []byte {
	if offset < 0 || offset >= o.size || length <= 0 {
		return nil
	}
	length = int(min(int64(length), o.size-offset, o.left))
	// Reading costs at least a call, however little is read.
	o.left -= max(int64(length), 512)
	if length <= 0 {
		return nil
	}
	buf := make([]byte, length)
	n, err := o.file.ReadAt(buf, offset)
	if err != nil && err != io.EOF {
		return nil
	}
	return buf[:n]
}

func (o *opened) close() {
	if file, ok := o.file.(io.Closer); ok {
		_ = file.Close()
	}
}
